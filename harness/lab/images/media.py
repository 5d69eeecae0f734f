"""The guest's installation medium: a file system that the data nodes mount read-only."""

import os
import shutil
from pathlib import Path

from harness.command import run
from harness.lab.images.disk import to_qcow2


def pack(work: Path) -> None:
    """Write `media.qcow2` with a guest's disk, kernel and initrd. All are files in `work`."""
    tree, raw = work / "media", work / "media.raw"
    tree.mkdir()
    for name in ("disk.qcow2", "vmlinuz", "initrd"):
        os.link(work / name, tree / name)
    raw.touch()
    content = sum(file.stat().st_size for file in tree.iterdir())
    os.truncate(raw, content * 11 // 10 + 16 * 2**20)
    run(
        ["mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-d", tree, raw],
        hint="see the run's log",
    )
    to_qcow2(raw, work / "media.qcow2")
    shutil.rmtree(tree)
