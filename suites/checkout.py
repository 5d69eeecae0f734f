"""Copies of this checkout, for suites that run it in another place."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from harness.lab.state import PROJECT

LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", "selftest")


def copy_checkout(names: Iterable[str], folder: Path) -> None:
    """Copy files and folders of the checkout to a new folder, without installed tools."""
    folder.mkdir()
    for name in names:
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, folder / name, ignore=LEFT_OUT)
        else:
            shutil.copy(PROJECT / name, folder)
