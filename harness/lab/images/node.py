"""The nodes' disk: two partitions in a sparse file, made without loop device or mount."""

import os
import shutil
from pathlib import Path

from harness.command import run
from harness.lab.images.disk import to_qcow2

ROOT_MIB, VAR_MIB = 2560, 1024
"""Sizes of the file systems. /var is separate, as is good practice on servers."""
METADATA_MIB = 1
"""Space at the end of each partition, for the metadata 1.0 of an md RAID1 (md(4))."""


def assemble(rootfs: Path, work: Path, *, root_mib: int = ROOT_MIB) -> None:
    """Write `disk.qcow2` with partitions for / and /var, `vmlinuz` and `initrd` into `work`."""
    _move_boot_files(rootfs, work)
    var, raw = work / "var", work / "disk.raw"
    (rootfs / "var").rename(var)
    (rootfs / "var").mkdir()
    sizes = [root_mib + METADATA_MIB, VAR_MIB + METADATA_MIB]
    table = f"label: dos\n1MiB {sizes[0]}MiB\n{1 + sizes[0]}MiB {sizes[1]}MiB\n"
    raw.touch()
    os.truncate(raw, (2 + sum(sizes)) * 2**20)
    run(["sfdisk", "-q", raw], stdin=table, hint="see the run's log")
    _write_filesystem(raw, rootfs, size_mib=root_mib, offset_mib=1)
    _write_filesystem(raw, var, size_mib=VAR_MIB, offset_mib=1 + sizes[0])
    to_qcow2(raw, work / "disk.qcow2")
    shutil.rmtree(var)


def _move_boot_files(rootfs: Path, work: Path) -> None:
    for pattern, name in (("vmlinuz-*", "vmlinuz"), ("initrd.img-*", "initrd")):
        shutil.move(next((rootfs / "boot").glob(pattern)), work / name)


def _write_filesystem(raw: Path, tree: Path, *, size_mib: int, offset_mib: int) -> None:
    """Write an ext4 file system with the files of `tree` at an offset of a disk file."""
    options = f"offset={offset_mib * 2**20},lazy_itable_init=1,lazy_journal_init=1"
    size = f"{size_mib}M"
    run(
        ["mke2fs", "-q", "-F", "-t", "ext4", "-J", "size=16", "-d", tree, "-E", options, raw, size],
        hint="see the run's log",
    )
