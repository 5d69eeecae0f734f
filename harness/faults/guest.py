"""Faults of a guest, injected on the node that runs it."""

import shlex
from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.faults.process import KILLED, MARK, SIGNAL
from harness.plan.plan import NodePlan
from harness.plan.references import Guest, Node
from harness.target.target import Needs, Target

PAUSE = "virsh --quiet --connect qemu:///system suspend {guest}"
PAUSED = "virsh --quiet --connect qemu:///system domstate {guest} | grep -qx paused"
RESUME = f"! {{{{ {PAUSED}; }}}} || virsh --quiet --connect qemu:///system resume {{guest}}"


@dataclass(frozen=True)
class KilledGuest:
    """The QEMU process of a guest is killed (SIGKILL). The failure is cleaned up at the end.

    Example:
        with inject(KilledGuest(guest, host)):
            probe.wait_until_answered()
    """

    guest: Guest
    node: Node
    """The node that runs the guest."""
    _: KW_ONLY
    kind: Literal["killed_guest"] = "killed_guest"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"kill of {self.guest} on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Kill the process."""
        pattern = shlex.quote(f"guest={self.guest},")
        target.shell.check(self.node, SIGNAL.format(pattern=pattern, signal="KILL"))

    def bites(self, target: Target) -> bool:
        """The process has ended."""
        return target.shell.run(self.node, KILLED).ok

    def gone(self, target: Target) -> bool:
        """Pacemaker counts no failure of the guest."""
        counted = f"crm_failcount --query --resource {self.guest} --node {self.node}"
        return "value=0" in target.shell.check(target.plan.arbitrator, counted)

    def lift(self, target: Target) -> None:
        """Clean up the failure, as a person does who has seen its cause."""
        target.shell.check(self.node, f"rm -f {MARK}")
        cleanup = f"crm_resource --cleanup --resource {self.guest} --node {self.node}"
        target.shell.check(target.plan.arbitrator, cleanup)


@dataclass(frozen=True)
class PausedGuest:
    """A person pauses a guest with libvirt, behind Pacemaker's back.

    Example:
        with inject(PausedGuest(guest, host)):
            probe.wait_while_asking(timedelta(minutes=2))
    """

    guest: Guest
    node: Node
    """The node that runs the guest."""
    _: KW_ONLY
    kind: Literal["paused_guest"] = "paused_guest"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"pause of {self.guest} on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Stop the guest's processors."""
        target.shell.check(self.node, PAUSE.format(guest=self.guest))

    def bites(self, target: Target) -> bool:
        """libvirt reports the guest as paused."""
        return succeeds(target, self.node, PAUSED.format(guest=self.guest))

    def gone(self, target: Target) -> bool:
        """The node answers, and the guest is not paused there."""
        return succeeds(target, self.node, f"! {{ {PAUSED.format(guest=self.guest)}; }}")

    def lift(self, target: Target) -> None:
        """Let the guest run, if it is still paused there."""
        command = RESUME.format(guest=self.guest)
        run_when_reachable(target, self.node, command, f"{self.guest} runs on {self.node}")
