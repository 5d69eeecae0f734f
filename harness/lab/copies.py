"""Comparison of both replicas of each guest's disk, bit by bit, outside the nodes."""

import shutil
import tempfile
from pathlib import Path

from harness.lab.hypervisor import Hypervisor
from harness.lab.images.disk import extract, first_difference
from harness.plan.plan import Plan
from harness.target.target import Shell

VOLUMES = "dmsetup table"
DATA = "vdb"
SECTOR = 512


def compare_copies(
    plan: Plan, shell: Shell, hypervisor: Hypervisor, disks: Path
) -> dict[str, int | None]:
    """Return by guest the first offset in bytes at which its replicas differ, or None.

    A guest without a linear volume on each data node is left out. The machines are paused only
    while their disks' files are copied. The comparison reads the copies.

    Raises:
        ShellError: a data node does not list its volumes.
        LabError, OSError: this machine cannot copy the disks, for lack of space for instance.
    """
    size, nodes = plan.guest_disk_mib << 20, plan.data_nodes
    offsets = shell.each(nodes, lambda node: parse_volumes(shell.check(node, VOLUMES), size=size))
    shared = [guest for guest in plan.guests if all(guest in each for each in offsets.values())]
    with tempfile.TemporaryDirectory(dir=disks.parent) as folder:
        copies = _copy_disks(plan, hypervisor, disks, Path(folder))
        return {
            guest: _compare(copies, {node: offsets[node][guest] for node in copies}, size=size)
            for guest in shared
        }


def parse_volumes(table: str, *, size: int) -> dict[str, int]:
    """Return the offset on the disk, in bytes, of each volume in one piece of at least `size`.

    A line of `dmsetup table` has the device's name, first sector, number of sectors, target, disk
    and offset: `vg_guests-web: 0 1056768 linear 254:16 2048`. LVM doubles a hyphen within a name:
    the volume `web-db` is `vg_guests-web--db`. A disk that is slow or forgets writes has another
    target with the same disk and offset.
    """
    offsets = {}
    for line in table.splitlines():
        match line.split():
            case [name, "0", sectors, "linear" | "delay" | "flakey", _, offset, *_] if (
                int(sectors) * SECTOR >= size
            ):
                volume = name.rstrip(":").replace("--", "\0").rpartition("-")[2]
                offsets[volume.replace("\0", "-")] = int(offset) * SECTOR
    return offsets


def _copy_disks(plan: Plan, hypervisor: Hypervisor, disks: Path, folder: Path) -> dict[str, Path]:
    """Copy each data node's disk, all at one moment. Return the files by node."""
    copies = {node.name: folder / f"{node}.qcow2" for node in plan.data_nodes}
    running = [name for name in plan.nodes if hypervisor.is_running(name)]
    with hypervisor.paused(running):
        for name, copy in copies.items():
            shutil.copyfile(disks / f"{name}-{DATA}.qcow2", copy)
    return copies


def _compare(disks: dict[str, Path], offsets: dict[str, int], *, size: int) -> int | None:
    first, second = (disk.with_suffix(".raw") for disk in disks.values())
    for (node, disk), volume in zip(disks.items(), (first, second), strict=True):
        extract(disk, volume, offset=offsets[node], size=size)
    return first_difference(first, second)
