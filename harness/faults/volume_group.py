"""A volume group without a free extent."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Node
from harness.target.target import Needs, Target

FILL = "lvcreate --quiet --name quorate_fill --extents 100%FREE {group}"
FULL = '[ "$(vgs --noheadings --options vg_free_count {group} | tr -d " ")" = 0 ]'
FILLED = "test -e /dev/{group}/quorate_fill"
FREE = f"! {FILLED} || lvremove --quiet --yes {{group}}/quorate_fill"


@dataclass(frozen=True)
class FullVolumeGroup:
    """The volume group of the replicas has no free extent on a node.

    Example:
        with inject(FullVolumeGroup(host)):
            probe.wait_while_asking(timedelta(minutes=1))
    """

    node: Node
    group: str = "vg_guests"
    _: KW_ONLY
    kind: Literal["full_volume_group"] = "full_volume_group"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = False
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"volume group {self.group} full on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Create a volume of all free extents."""
        target.shell.check(self.node, FILL.format(group=self.group))

    def bites(self, target: Target) -> bool:
        """LVM counts no free extent."""
        return succeeds(target, self.node, FULL.format(group=self.group))

    def gone(self, target: Target) -> bool:
        """The node answers and has no such volume."""
        return succeeds(target, self.node, f"! {FILLED.format(group=self.group)}")

    def lift(self, target: Target) -> None:
        """Remove the volume as soon as the node can be reached."""
        free = f"{self.group} on {self.node} has free extents"
        run_when_reachable(target, self.node, FREE.format(group=self.group), free)
