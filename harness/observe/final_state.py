"""What must be equal in the end: the nodes' CIBs, and both copies of each guest's disk."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from harness.errors import LabError
from harness.lab.disk import cut_out, first_difference
from harness.lab.lab import Lab
from harness.lab.shell import ShellError
from harness.plan import NodePlan
from harness.record.timeline import Timeline
from harness.waiting import Timeout, wait_for

T = TypeVar("T")
# The first line tells when and by whom this copy was written; each node has its own truth there.
CIB = "cibadmin --query --local | tail -n +2 | md5sum"
VOLUMES = "dmsetup table"
"""`vg_guests-web: 0 1056768 linear 254:16 2048`: where on the data disk a volume begins, in
sectors of 512 bytes."""
DATA = "vdb"
PATIENCE, PAUSE = timedelta(seconds=20), timedelta(seconds=2)
"""A change may be on its way when one looks; what stays different differs."""


def look_at_end(lab: Lab, timeline: Timeline) -> None:
    """Note what each node's CIB is, and where the copies of each guest's disk first differ.

    What cannot be seen leaves a gap.
    """
    try:
        digests = _calm("the nodes' CIBs are equal", partial(_cibs, lab), _all_equal)
        timeline.note("end", "cib", digests=digests)
        differ = _calm("both copies of each disk are equal", partial(_copies, lab), _none_differs)
        timeline.note("end", "copies", differ=differ)
    except (ShellError, LabError) as gap:
        timeline.note("end", "blind", blind=str(gap))


def _all_equal(digests: dict[str, str]) -> bool:
    return len(set(digests.values())) == 1


def _none_differs(offsets: dict[str, int | None]) -> bool:
    return all(offset is None for offset in offsets.values())


def _calm(sentence: str, look: Callable[[], T], equal: Callable[[T], bool]) -> T:
    """What is seen when it is as it should be; else what was seen last."""
    seen: list[T] = []

    def again() -> T:
        seen.append(look())
        return seen[-1]

    with suppress(Timeout):
        wait_for(sentence, again, equal, within=PATIENCE, every=PAUSE)
    return seen[-1]


def _cibs(lab: Lab) -> dict[str, str]:
    return lab.shell.each(lab.plan.nodes.values(), lambda n: lab.shell.check(n, CIB).split()[0])


def _copies(lab: Lab) -> dict[str, int | None]:
    """Of each guest, the offset from which its disk's copies differ, in bytes; else None.

    The machines' clocks stand still while their disks are copied, which takes a blink; reading
    the copies does not keep the cluster waiting.
    """
    nodes = lab.plan.data_nodes
    begins = {node.name: _begins(lab, node) for node in nodes}
    with tempfile.TemporaryDirectory(dir=lab.state.folder) as folder:
        copies = {node.name: Path(folder) / f"{node}.qcow2" for node in nodes}
        with lab.hypervisor.paused(lab.plan.nodes):
            for name, copy in copies.items():
                shutil.copyfile(lab.state.disks / f"{name}-{DATA}.qcow2", copy)
        differ = {}
        for guest in lab.plan.guests:
            for name, copy in copies.items():
                begin, raw = begins[name][guest], copy.with_suffix(".raw")
                cut_out(copy, raw, begin=begin, size=lab.plan.guest_disk_mib << 20)
            differ[guest] = first_difference(*(c.with_suffix(".raw") for c in copies.values()))
        return differ


def _begins(lab: Lab, node: NodePlan) -> dict[str, int]:
    """Where each guest's volume begins on that node's data disk, in bytes."""
    lines = [line.split() for line in lab.shell.check(node, VOLUMES).splitlines()]
    return {words[0].rpartition("-")[2].rstrip(":"): int(words[-1]) * 512 for words in lines}
