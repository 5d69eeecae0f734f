"""qcow2 files: overlays and conversions, by qemu-img."""

from pathlib import Path

from harness.progress import run

SEE_LOG = "see the run's log"


def overlay(target: Path, base: Path, *, hint: str = SEE_LOG) -> None:
    """A disk that starts as `base` and keeps what is written to it."""
    create: list[str | Path] = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2"]
    run([*create, "-b", base, target], hint=hint)


def to_qcow2(raw: Path, target: Path) -> None:
    """Turn a sparse raw file into a qcow2 file and remove the raw one."""
    run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, target], hint=SEE_LOG)
    raw.unlink()
