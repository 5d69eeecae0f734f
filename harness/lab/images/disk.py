"""Disk files: overlays, conversions and comparisons, made with qemu-img."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from harness.command import run

SEE_LOG = "see the run's log"
BLOCK = 2**20


def overlay(target: Path, base: Path) -> None:
    """Make an overlay of a qcow2 disk: it starts as `base` and stores what is written."""
    create: list[str | Path] = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2"]
    run([*create, "-b", base, target], hint=SEE_LOG)


def to_qcow2(raw: Path, target: Path) -> None:
    """Convert a sparse raw file to a qcow2 file, and delete the raw file."""
    run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, target], hint=SEE_LOG)
    raw.unlink()


def extract(file: Path, target: Path, *, offset: int, size: int) -> None:
    """Write a region of a qcow2 disk, given in bytes, to a sparse raw file.

    `qemu-img compare` (QEMU 7.2) cannot compare such regions of overlays directly: it reads data in
    the backing file as zeros. `convert` does not.
    """
    disk = {"driver": "qcow2", "file": {"driver": "file", "filename": str(file)}}
    region = json.dumps({"driver": "raw", "offset": offset, "size": size, "file": disk})
    run(["qemu-img", "convert", "-U", "-O", "raw", f"json:{region}", target], hint=SEE_LOG)


def first_difference(one: Path, other: Path) -> int | None:
    """Return the offset of the first block of 1 MiB in which two sparse files differ, or None.

    Both files have the same length.
    """
    with one.open("rb") as first, other.open("rb") as second:
        for offset in sorted(_data_blocks(first) | _data_blocks(second)):
            first.seek(offset)
            second.seek(offset)
            if first.read(BLOCK) != second.read(BLOCK):
                return offset
    return None


def _data_blocks(file: BinaryIO) -> set[int]:
    """Return the offsets of all blocks of a sparse file that hold data."""
    blocks: set[int] = set()
    begin, end = 0, os.fstat(file.fileno()).st_size
    with suppress(OSError):  # ENXIO: a hole up to the end of the file
        while begin < end:
            begin = os.lseek(file.fileno(), begin, os.SEEK_DATA)
            hole = os.lseek(file.fileno(), begin, os.SEEK_HOLE)
            blocks.update(range(begin - begin % BLOCK, hole, BLOCK))
            begin = hole
    return blocks
