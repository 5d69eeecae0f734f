"""Faults of block devices, by the device mapper of a node."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from harness.lab.lab import Lab
from harness.plan.plan import GuestPlan, NodePlan
from harness.target.shell import Unreachable
from harness.waiting import wait_until

SUSPEND = "dmsetup suspend --noflush --nolockfs {device}"
RESUME = "dmsetup resume {device}"
STATE = "dmsetup info -c --noheadings -o suspended {device}"
RETURN = timedelta(minutes=10)
"""A node that was fenced meanwhile must boot before its device is asked for."""


@dataclass(frozen=True)
class StalledReplica:
    """The disk under one replica of a guest takes no I/O and reports no error."""

    node: NodePlan
    guest: GuestPlan
    volume_group: str = "vg_guests"

    disturbs_guests: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, lab: Lab) -> None:
        """Suspend the device."""
        lab.shell.check(self.node, SUSPEND.format(device=self._device))

    def bites(self, lab: Lab) -> bool:
        """The device mapper reports it as suspended. A node that does not answer has it no more."""
        try:
            return lab.shell.run(self.node, self._state).stdout.strip() == "Suspended"
        except Unreachable:
            return False

    def gone(self, lab: Lab) -> bool:
        """The device mapper reports it as active."""
        return lab.shell.run(self.node, self._state).stdout.strip() == "Active"

    def lift(self, lab: Lab) -> None:
        """Resume the device, as soon as the node can be reached."""
        resumed = f"{self} is lifted"
        wait_until(resumed, lambda: self._resumed(lab), within=RETURN)

    def _resumed(self, lab: Lab) -> bool:
        try:
            return lab.shell.run(self.node, RESUME.format(device=self._device)).ok
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

    def __str__(self) -> str:
        return f"stalled disk of {self.guest}'s replica on {self.node}"
