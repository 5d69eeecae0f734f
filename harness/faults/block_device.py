"""Faults of block devices, injected with a node's device mapper."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.when_reachable import run_when_reachable
from harness.plan.plan import NodePlan
from harness.plan.references import Guest, Node
from harness.target.shell import Unreachable
from harness.target.target import Needs, Target

SUSPEND = "dmsetup suspend --noflush --nolockfs {device}"
RESUME = "dmsetup resume {device}"
STATE = "dmsetup info -c --noheadings -o suspended {device}"


@dataclass(frozen=True)
class StalledReplica:
    """The disk under one replica of a guest accepts no I/O and reports no error.

    Example:
        with inject(StalledReplica(peer, guest)):
            probe.wait_while_asking(timedelta(seconds=60))
    """

    node: Node
    guest: Guest
    volume_group: str = "vg_guests"
    _: KW_ONLY
    kind: Literal["stalled_replica"] = "stalled_replica"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = False
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"stalled disk of {self.guest}'s replica on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Suspend the device."""
        target.shell.check(self.node, SUSPEND.format(device=self._device))

    def bites(self, target: Target) -> bool:
        """The device mapper reports it as suspended.

        The fault does not bite on a node that does not answer: a reboot resumes the device.
        """
        try:
            return target.shell.run(self.node, self._state).stdout.strip() == "Suspended"
        except Unreachable:
            return False

    def gone(self, target: Target) -> bool:
        """The device mapper reports it as active."""
        return target.shell.run(self.node, self._state).stdout.strip() == "Active"

    def lift(self, target: Target) -> None:
        """Resume the device as soon as the node can be reached."""
        resume = RESUME.format(device=self._device)
        run_when_reachable(target, self.node, resume, f"{self.name} is lifted")

    @property
    def _device(self) -> str:
        """Name of the device. The device mapper doubles dashes in names (lvm(8))."""
        names = (self.volume_group, self.guest.name)
        return "-".join(name.replace("-", "--") for name in names)

    @property
    def _state(self) -> str:
        return STATE.format(device=self._device)
