"""The folder of a run, and the link `latest` to the newest run that tested something."""

import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

LATEST = "latest"


def make_run(reports: Path) -> Path:
    """Make a folder named by the time. A second run in the same second gets a number.

    Raises:
        OSError: the folder cannot be made.
    """
    reports.mkdir(parents=True, exist_ok=True)
    name = time.strftime("%Y-%m-%d_%H%M%S")
    for number in count(1):
        run = reports / (name if number == 1 else f"{name}-{number}")
        try:
            run.mkdir()
        except FileExistsError:
            continue
        return run
    raise AssertionError("count() has no end")


def point_latest(run: Path) -> None:
    """Point the link `latest` to this run, atomically."""
    link = run.parent / f".{LATEST}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(run.name)
    link.replace(run.parent / LATEST)


def runs(reports: Path) -> Iterator[Path]:
    """Yield the folders of all runs that tested something, the oldest first."""
    files = reports.glob("*/run.json")
    yield from sorted(file.parent for file in files if file.parent.name != LATEST)
