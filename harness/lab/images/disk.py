"""qcow2 files: overlays, conversions and comparisons, by qemu-img."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from harness.command import run

SEE_LOG = "see the run's log"
BLOCK = 2**20


def overlay(target: Path, base: Path, *, hint: str = SEE_LOG) -> None:
    """A disk that starts as `base` and keeps what is written to it."""
    create: list[str | Path] = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2"]
    run([*create, "-b", base, target], hint=hint)


def to_qcow2(raw: Path, target: Path) -> None:
    """Turn a sparse raw file into a qcow2 file and remove the raw one."""
    run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, target], hint=SEE_LOG)
    raw.unlink()


def cut_out(file: Path, target: Path, *, begin: int, size: int) -> None:
    """Write a stretch of a disk, in bytes, to a sparse raw file.

    `qemu-img compare` of two such stretches would do without: of an overlay's (QEMU 7.2) it takes
    what lies in the backing file for zeros, `convert` does not.
    """
    disk = {"driver": "qcow2", "file": {"driver": "file", "filename": str(file)}}
    stretch = json.dumps({"driver": "raw", "offset": begin, "size": size, "file": disk})
    run(["qemu-img", "convert", "-U", "-O", "raw", f"json:{stretch}", target], hint=SEE_LOG)


def first_difference(one: Path, other: Path) -> int | None:
    """The first block of 1 MiB, by its offset, in which two sparse files of one length differ."""
    with one.open("rb") as mine, other.open("rb") as its:
        for offset in sorted(_written(mine) | _written(its)):
            mine.seek(offset)
            its.seek(offset)
            if mine.read(BLOCK) != its.read(BLOCK):
                return offset
    return None


def _written(file: BinaryIO) -> set[int]:
    """Offsets of the blocks that are no hole."""
    blocks: set[int] = set()
    begin, end = 0, os.fstat(file.fileno()).st_size
    with suppress(OSError):  # ENXIO: nothing but a hole to the end
        while begin < end:
            begin = os.lseek(file.fileno(), begin, os.SEEK_DATA)
            hole = os.lseek(file.fileno(), begin, os.SEEK_HOLE)
            blocks.update(range(begin - begin % BLOCK, hole, BLOCK))
            begin = hole
    return blocks
