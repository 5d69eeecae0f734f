"""Both copies of each guest's disk, compared bit by bit while the machines run."""

import shutil
import tempfile
from pathlib import Path

from harness.lab.hypervisor import Hypervisor
from harness.lab.images.disk import cut_out, first_difference
from harness.plan.plan import Plan
from harness.target.target import Shell

VOLUMES = "dmsetup table"
DATA = "vdb"
SECTOR = 512


def compare_copies(
    plan: Plan, shell: Shell, hypervisor: Hypervisor, disks: Path
) -> dict[str, int | None]:
    """By guest: the first offset in bytes at which the copies of its disk differ, else None.

    A guest without a linear volume on each data node is left out. The machines' clocks stand still
    while their disks are copied, which takes a blink; to compare the copies keeps nobody waiting.

    Raises:
        ShellError: a data node does not tell where its volumes are.
        LabError, OSError: this machine cannot copy the disks, for want of space, say.
    """
    size, nodes = plan.guest_disk_mib << 20, plan.data_nodes
    begins = shell.each(nodes, lambda node: parse_volumes(shell.check(node, VOLUMES), size=size))
    shared = [guest for guest in plan.guests if all(guest in each for each in begins.values())]
    with tempfile.TemporaryDirectory(dir=disks.parent) as folder:
        copies = _copy_disks(plan, hypervisor, disks, Path(folder))
        return {
            guest: _compare(copies, {node: begins[node][guest] for node in copies}, size=size)
            for guest in shared
        }


def parse_volumes(table: str, *, size: int) -> dict[str, int]:
    """Where on its disk each linear volume of at least `size` begins; both in bytes.

    `vg_guests-web: 0 1056768 linear 254:16 2048`: first sector, sectors, target, disk, offset. LVM
    doubles a hyphen within a name: the volume `web-db` is `vg_guests-web--db`.
    """
    begins = {}
    for line in table.splitlines():
        match line.split():
            case [name, "0", sectors, "linear", _, offset] if int(sectors) * SECTOR >= size:
                volume = name.rstrip(":").replace("--", "\0").rpartition("-")[2]
                begins[volume.replace("\0", "-")] = int(offset) * SECTOR
    return begins


def _copy_disks(plan: Plan, hypervisor: Hypervisor, disks: Path, folder: Path) -> dict[str, Path]:
    """A copy of each data node's disk, all of one moment."""
    copies = {node.name: folder / f"{node}.qcow2" for node in plan.data_nodes}
    running = [name for name in plan.nodes if hypervisor.is_running(name)]
    with hypervisor.paused(running):
        for name, copy in copies.items():
            shutil.copyfile(disks / f"{name}-{DATA}.qcow2", copy)
    return copies


def _compare(disks: dict[str, Path], begins: dict[str, int], *, size: int) -> int | None:
    one, other = (disk.with_suffix(".raw") for disk in disks.values())
    for (node, disk), stretch in zip(disks.items(), (one, other), strict=True):
        cut_out(disk, stretch, begin=begins[node], size=size)
    return first_difference(one, other)
