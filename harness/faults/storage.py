"""Faults of disks and file systems, injected inside a node."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable
from harness.plan.plan import NodePlan
from harness.plan.references import Node
from harness.target.shell import Unreachable
from harness.target.target import Needs, Target

FILL = """
file={path}/quorate.fill; at=0; size=1073741824
while [ $size -ge 4096 ]; do
  if fallocate --offset $at --length $size $file 2>/dev/null; then at=$((at + size))
  else size=$((size / 2)); fi
done
dd if=/dev/zero of=$file.rest bs=1024 2>/dev/null; sync -f {path}; true
"""
"""fallocate takes blocks quickly, including those reserved for root. dd takes the remainder."""
BITES = """
dd if=/dev/zero of={path}/quorate.try bs=4096 count=1 conv=fsync 2>/dev/null; code=$?
rm -f {path}/quorate.try; exit $code
"""
LIFT = "rm -f {path}/quorate.fill {path}/quorate.fill.rest {path}/quorate.try"


@dataclass(frozen=True)
class FullFilesystem:
    """A file system of a node is full to the last block, also for root.

    Example:
        with inject(FullFilesystem(victim, "/var")):
            probe.wait_until_answered()
    """

    node: Node
    path: str
    _: KW_ONLY
    kind: Literal["full_filesystem"] = "full_filesystem"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"{self.path} full on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Allocate all free blocks."""
        target.shell.check(self.node, FILL.format(path=self.path))

    def bites(self, target: Target) -> bool:
        """Root cannot write one block. On a node that does not answer the fault still bites."""
        try:
            return not target.shell.run(self.node, BITES.format(path=self.path)).ok
        except Unreachable:
            return True

    def gone(self, target: Target) -> bool:
        """Root can write again."""
        return not self.bites(target)

    def lift(self, target: Target) -> None:
        """Free the blocks as soon as the node can be reached."""
        free = f"the space on {self.node} is free"
        run_when_reachable(target, self.node, LIFT.format(path=self.path), free)
