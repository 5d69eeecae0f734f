"""Faults of disks and file systems, injected inside a node."""

from dataclasses import KW_ONLY
from datetime import timedelta
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
dd if=/dev/zero of={path}/quorate.try bs=1M count=1 conv=fsync 2>/dev/null; code=$?
rm -f {path}/quorate.try; exit $code
"""
"""A node frees some blocks in minutes, when it rotates its logs."""
LIFT = "rm -f {path}/quorate.fill {path}/quorate.fill.rest {path}/quorate.try"
TAKE_INODES = """
mkdir -p {path}/quorate.inodes && cd {path}/quorate.inodes || exit
while free=$(stat --file-system --format %d .) && [ $free -gt 0 ]; do
  seq --format "$((round += 1)).%.0f" $free | xargs touch 2>/dev/null
done; rm -f {path}/quorate.try"""
"""In rounds, because the node creates files meanwhile."""
CREATES = "touch {path}/quorate.try && rm {path}/quorate.try"
FREE_INODES = "rm -rf {path}/quorate.inodes {path}/quorate.try"
INODES_LIMIT = timedelta(minutes=5)
"""An emulated node creates a few thousand files a second."""


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
        """Root cannot write a megabyte. On a node that does not answer the fault still bites."""
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


@dataclass(frozen=True)
class ExhaustedInodes:
    """A file system of a node has no inode left, so that no file can be created on it.

    Example:
        with inject(ExhaustedInodes(victim, "/var")):
            probe.wait_until_answered()
    """

    node: Node
    path: str
    _: KW_ONLY
    kind: Literal["exhausted_inodes"] = "exhausted_inodes"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"no inode left in {self.path} on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Create empty files until none can be created."""
        command = TAKE_INODES.format(path=self.path)
        target.shell.check(self.node, command, deadline=INODES_LIMIT)

    def bites(self, target: Target) -> bool:
        """Root cannot create a file. On a node that does not answer the fault still bites."""
        try:
            return not target.shell.run(self.node, CREATES.format(path=self.path)).ok
        except Unreachable:
            return True

    def gone(self, target: Target) -> bool:
        """Root can create a file again."""
        return not self.bites(target)

    def lift(self, target: Target) -> None:
        """Delete the files as soon as the node can be reached."""
        free = f"the inodes on {self.node} are free"
        run_when_reachable(target, self.node, FREE_INODES.format(path=self.path), free)
