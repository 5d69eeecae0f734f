"""A panic of a guest's kernel."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Guest, Node
from harness.target.target import Needs, Target

MARK = "/run/quorate.reboot-{guest}"
VIRSH = "virsh --quiet --connect qemu:///system"
PANIC = f"""
setsid {VIRSH} event {{guest}} reboot --timeout 60 > {MARK} 2>&1 < /dev/null &
sleep 1; {VIRSH} inject-nmi {{guest}}"""
"""libvirt reports a reset by the guest as a reboot (virsh(1))."""
PANICKED = f"grep -q reboot {MARK}"


@dataclass(frozen=True)
class PanickedGuest:
    """The kernel of a guest panics, because its processor gets an interrupt without a reason.

    The guest's kernel must have the parameter `unknown_nmi_panic`
    (Documentation/admin-guide/kernel-parameters.txt in Linux).

    Example:
        with inject(PanickedGuest(guest, host)):
            probe.wait_until_answered()
    """

    guest: Guest
    node: Node
    """The node that runs the guest."""
    _: KW_ONLY
    kind: Literal["panicked_guest"] = "panicked_guest"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"kernel panic of {self.guest} on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Send the interrupt."""
        target.shell.check(self.node, PANIC.format(guest=self.guest))

    def bites(self, target: Target) -> bool:
        """libvirt has reported a reset of the guest."""
        return succeeds(target, self.node, PANICKED.format(guest=self.guest))

    def gone(self, target: Target) -> bool:
        """The mark of the fault is removed. The guest has booted anew by itself."""
        return succeeds(target, self.node, f"! test -e {MARK.format(guest=self.guest)}")

    def lift(self, target: Target) -> None:
        """Remove the mark."""
        remove = f"rm -f {MARK.format(guest=self.guest)}"
        run_when_reachable(target, self.node, remove, f"{self.node} answers")
