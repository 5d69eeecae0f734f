"""One leg of the RAID1 under a node's operating system fails."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Node
from harness.target.target import Needs, Target

LEG = "/dev/disk/by-id/virtio-system2-part"
"""A partition of the second system disk, without its number."""
FAIL = f"""
set -e
for array in 0 1; do
    mdadm --quiet /dev/md$array --fail $(realpath {LEG}$((array + 1))) --remove failed
done
"""
RETURN = f"""
for array in 0 1; do
    leg=$(realpath {LEG}$((array + 1)))
    mdadm --quiet /dev/md$array --remove failed
    grep -q "^md$array .*${{leg#/dev/}}" /proc/mdstat ||
        mdadm --quiet /dev/md$array --re-add $leg || exit
done
"""
DEGRADED = "grep -c '[[]2/1[]]' /proc/mdstat | grep -qx 2"
CLEAN = "grep -c '[[]2/2[]]' /proc/mdstat | grep -qx 2"


@dataclass(frozen=True)
class FailedSystemDisk:
    """The second disk under a node's operating system fails, and its arrays are degraded.

    The lift puts the disk back. md then copies what was written in the meantime, by its bitmap.
    The plan needs `system_disks: 2`, as in the profile raid1.

    Example:
        with inject(FailedSystemDisk(node)):
            cluster.holds(nobody_fenced_but(), throughout=timedelta(seconds=30))
    """

    node: Node
    _: KW_ONLY
    kind: Literal["failed_system_disk"] = "failed_system_disk"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = False
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"second system disk of {self.node} failed"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Mark the leg of both arrays as faulty, as md does after an I/O error, and remove it."""
        target.shell.check(self.node, FAIL)

    def bites(self, target: Target) -> bool:
        """Each array has one of its two legs."""
        return succeeds(target, self.node, DEGRADED)

    def gone(self, target: Target) -> bool:
        """Each array has both legs, with equal content."""
        return succeeds(target, self.node, CLEAN)

    def lift(self, target: Target) -> None:
        """Put the leg back as soon as the node can be reached."""
        run_when_reachable(target, self.node, RETURN, f"{self.node} has both system disks")
