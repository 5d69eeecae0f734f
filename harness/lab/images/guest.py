"""The guest's disk: a volume group in a file, made without device-mapper, loop device or root.

The guest has its root file system on LVM, as is usual. LVM's tools need block devices that the
kernel maps, which the building machine may not support. So this module writes the few sectors of a
physical volume with one linear volume. The layout is that of LVM2 (`lib/format_text/layout.h` in
its source), and the guest reads it with LVM's own tools.
"""

import shutil
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from harness.command import run
from harness.errors import LabError
from harness.lab.images.disk import to_qcow2

SECTOR = 512
MIB = 2**20
EXTENT = 4 * MIB
# LVM's initial value of a CRC-32, instead of all ones.
CRC_START = 0xF597A6CF
# The text metadata lies between the label's first sectors and the first extent.
METADATA_START = 4096
FIRST_EXTENT = MIB
RECORDS = "/var/lib/file-store/records"
EXTENTS, SYNC = 0x80000, 0x8
"""Flags of a file (linux/fs.h): mapped by extents, as ext4 does by default; synchronous writes."""
# All guests have the same ids. A guest sees only its own disk.
PV_UUID = "quorat-e000-0000-0000-0000-0000-000pv0"
VG_UUID = "quorat-e000-0000-0000-0000-0000-000vg0"
LV_UUID = "quorat-e000-0000-0000-0000-0000-000lv0"

METADATA = """\
guest {{
id = "{vg}"
seqno = 1
format = "lvm2"
status = ["RESIZEABLE", "READ", "WRITE"]
extent_size = {extent_sectors}
max_lv = 0
max_pv = 0
metadata_copies = 0
physical_volumes {{ pv0 {{
    id = "{pv}"
    device = "/dev/vda"
    status = ["ALLOCATABLE"]
    dev_size = {disk_sectors}
    pe_start = {first_sector}
    pe_count = {extents}
}} }}
logical_volumes {{ root {{
    id = "{lv}"
    status = ["READ", "WRITE", "VISIBLE"]
    segment_count = 1
    segment1 {{
        start_extent = 0
        extent_count = {extents}
        type = "striped"
        stripe_count = 1
        stripes = ["pv0", 0]
    }}
}} }}
}}
contents = "Text Format Volume Group"
version = 1
creation_time = 0
\0"""


@dataclass(frozen=True)
class Geometry:
    """Size of the root volume on a disk: all complete extents after the metadata."""

    disk: int
    """Size of the disk in bytes."""

    @property
    def extents(self) -> int:
        return (self.disk - FIRST_EXTENT) // EXTENT

    @property
    def root(self) -> int:
        """Size of the root volume in bytes."""
        return self.extents * EXTENT


def assemble(rootfs: Path, target: Path, *, size_mib: int) -> None:
    """Write `disk.qcow2`, `vmlinuz` and `initrd` into `target`.

    Kernel and initramfs are moved out of `rootfs`. The node starts the guest with them directly, so
    DRBD need not replicate a copy on the disk.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name in ("vmlinuz", "initrd"):
        shutil.move(rootfs / "boot" / name, target / name)
    raw, geometry = target / "disk.raw", Geometry(size_mib * MIB)
    _write_volume_group(raw, geometry)
    _write_filesystem(raw, rootfs, geometry)
    to_qcow2(raw, target / "disk.qcow2")


def _write_volume_group(raw: Path, geometry: Geometry) -> None:
    with raw.open("wb") as disk:
        disk.truncate(geometry.disk)
        disk.seek(SECTOR)
        disk.write(_label(geometry))
        disk.seek(METADATA_START)
        disk.write(_metadata_area(geometry))


def _write_filesystem(raw: Path, rootfs: Path, geometry: Geometry) -> None:
    """Write the root file system. It has few inodes and a small journal.

    Everything is initialised here, so that no kernel thread of the guest does it later.
    """
    options = f"offset={FIRST_EXTENT},lazy_itable_init=0,lazy_journal_init=0"
    run(
        [
            *("mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-N", "8192"),
            *("-J", "size=8", "-L", "root", "-E", options, "-d", rootfs),
            *(raw, f"{geometry.root // 1024}k"),
        ],
        hint="see the run's log",
    )
    _sync_writes(f"{raw}?offset={FIRST_EXTENT}", RECORDS)


def _sync_writes(filesystem: str, file: str) -> None:
    """Make writes to a file synchronous (chattr(1), `S`).

    The guest's shell has no fsync, and a process that calls it costs an emulated node more than the
    write itself.

    Raises:
        LabError: the flag is not set afterwards. debugfs does not report errors itself.
    """
    run(
        ["debugfs", "-w", "-R", f"set_inode_field {file} flags {EXTENTS | SYNC:#x}", filesystem],
        hint="see the run's log",
    )
    if f"Flags: {EXTENTS | SYNC:#x}" not in run(
        ["debugfs", "-R", f"stat {file}", filesystem], hint="see the run's log"
    ):
        raise LabError(f"{file} of the guest does not sync its writes; see the run's log")


def _label(geometry: Geometry) -> bytes:
    """Return the label: the sector that identifies a physical volume, and its two areas."""
    data_area = struct.pack("<QQQQ", FIRST_EXTENT, 0, 0, 0)
    metadata_area = struct.pack("<QQQQ", METADATA_START, FIRST_EXTENT - METADATA_START, 0, 0)
    # Header extension of version 2, flag 1: the volume is in use. There is no boot loader area.
    extension = struct.pack("<IIQQ", 2, 1, 0, 0)
    volume = PV_UUID.replace("-", "").encode() + struct.pack("<Q", geometry.disk)
    body = struct.pack("<I8s", 32, b"LVM2 001") + volume + data_area + metadata_area + extension
    # The checksum covers the rest of the sector after it.
    body = body.ljust(SECTOR - 20, b"\0")
    return struct.pack("<8sQI", b"LABELONE", 1, _crc(body)) + body


def _metadata_area(geometry: Geometry) -> bytes:
    """Return the metadata area: a header of one sector, and the text to which it points."""
    text = METADATA.format(
        vg=VG_UUID,
        pv=PV_UUID,
        lv=LV_UUID,
        extent_sectors=EXTENT // SECTOR,
        disk_sectors=geometry.disk // SECTOR,
        first_sector=FIRST_EXTENT // SECTOR,
        extents=geometry.extents,
    ).encode()
    area = struct.pack("<QQ", METADATA_START, FIRST_EXTENT - METADATA_START)
    location = struct.pack("<QQII", SECTOR, len(text), _crc(text), 0)
    header = b" LVM2 x[5A%r0N*>" + struct.pack("<I", 1) + area + location
    header = header.ljust(SECTOR - 4, b"\0")
    return struct.pack("<I", _crc(header)) + header + text


def _crc(data: bytes) -> int:
    """Return LVM's variant of CRC-32: another initial value, and no inversion at either end."""
    return zlib.crc32(data, CRC_START ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
