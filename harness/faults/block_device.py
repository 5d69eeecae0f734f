"""Faults of block devices, by the device mapper of a node."""

from dataclasses import KW_ONLY
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.plan.plan import NodePlan
from harness.plan.references import Guest, Node
from harness.target.shell import Unreachable
from harness.target.target import Needs, Target
from harness.waiting import wait_until

SUSPEND = "dmsetup suspend --noflush --nolockfs {device}"
RESUME = "dmsetup resume {device}"
STATE = "dmsetup info -c --noheadings -o suspended {device}"
RETURN = timedelta(minutes=10)
"""A node that was fenced meanwhile must boot before its device is asked for."""


@dataclass(frozen=True)
class StalledReplica:
    """The disk under one replica of a guest takes no I/O and reports no error."""

    node: Node
    guest: Guest
    volume_group: str = "vg_guests"
    _: KW_ONLY
    kind: Literal["stalled_replica"] = "stalled_replica"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = False
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
        """The device mapper reports it as suspended. A node that does not answer has it no more."""
        try:
            return target.shell.run(self.node, self._state).stdout.strip() == "Suspended"
        except Unreachable:
            return False

    def gone(self, target: Target) -> bool:
        """The device mapper reports it as active."""
        return target.shell.run(self.node, self._state).stdout.strip() == "Active"

    def lift(self, target: Target) -> None:
        """Resume the device, as soon as the node can be reached."""
        resumed = f"{self.name} is lifted"
        wait_until(resumed, lambda: self._resumed(target), within=RETURN)

    def _resumed(self, target: Target) -> bool:
        try:
            return target.shell.run(self.node, RESUME.format(device=self._device)).ok
        except Unreachable:
            return False

    @property
    def _device(self) -> str:
        """Dashes in names are doubled by the device mapper (lvm(8))."""
        names = (self.volume_group, self.guest.name)
        return "-".join(name.replace("-", "--") for name in names)

    @property
    def _state(self) -> str:
        return STATE.format(device=self._device)
