"""Where a lab keeps what it needs: one folder for all labs, one below it for each name."""

import fcntl
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.errors import InputError, LabError

NAME = re.compile(r"[a-z0-9](?:-?[a-z0-9]){0,39}")
WRONG_NAME = "write small letters, digits and single dashes, 40 characters at most, not `images`"
ROOT = re.compile(r"[\w/ .:+@=~()-]+")
"""In other signs ssh, QEMU, libvirt or a shell would see something else: `%h`, a comma, a quote."""
PROJECT = Path(__file__).parents[2]
"""The folder that `harness` was imported from: a checkout, or Python's packages."""
HOME = PROJECT if (PROJECT / "pytest.ini").is_file() else Path.cwd()
"""Holds `.lab` and `reports`: the checkout, or, for an installed Quorate, the working folder."""


class LabBusy(LabError):
    """Another run holds this lab."""


@dataclass(frozen=True)
class State:
    """The folders of one lab. Images are shared by all labs; the rest is the lab's own."""

    root: Path
    name: str = "default"

    def __post_init__(self) -> None:
        """Raises InputError for a name that leads out of the root, or to what all labs share."""
        if not _is_name(self.name):
            raise InputError(f"--lab {self.name!r}: {WRONG_NAME}")
        _check_root(self.root)

    @property
    def folder(self) -> Path:
        """Everything of this lab; removing it loses nothing but time."""
        return self.root / self.name

    @property
    def images(self) -> Path:
        """Images by the hash of all that goes into them."""
        return self.root / "images"

    @property
    def plan(self) -> Path:
        """The plan of this lab as it was resolved; all that is outside the run reads it."""
        return self.folder / "plan.json"

    @property
    def disks(self) -> Path:
        """The storage pool: disks of the machines as they are now."""
        return self.folder / "disks"

    @property
    def checkpoint(self) -> Path:
        """The saved living cluster."""
        return self.folder / "checkpoint"

    @property
    def derived(self) -> Path:
        """Checkpoints that changes were derived from the saved cluster by."""
        return self.folder / "derived"

    @property
    def frozen(self) -> Path:
        """Labs as they stood when a test failed, by run and test; they hold memory and keys."""
        return self.folder / "frozen"

    @property
    def frozen_moments(self) -> list[str]:
        """Names of the frozen labs that can be thawed, the newest last."""
        kept = self.frozen.glob("*/*/manifest.json")
        newest = sorted(kept, key=lambda file: file.stat().st_mtime)
        return [str(file.parent.relative_to(self.frozen)) for file in newest]

    @property
    def consoles(self) -> Path:
        """What each machine says on its serial line."""
        return self.folder / "consoles"

    @property
    def keys(self) -> Path:
        """Secrets made for this lab; readable by its owner only."""
        return self.folder / "keys"

    def prepare(self) -> None:
        """Make the folders. Only the owner may look into a lab: it holds keys and memory."""
        for folder in (self.images, self.disks, self.consoles, self.keys):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.keys.chmod(0o700)

    def lock(self) -> IO[str]:
        """Hold this lab until the returned file is closed or the process ends, however it ends.

        Raises:
            LabBusy: names the process that holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        file = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise LabBusy(
                f"lab {self.name!r} is in use by process {holder}; "
                "wait for it to end or name another lab with --lab NAME"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        return file


def labs(root: Path) -> list[str]:
    """Names of all labs that have been held.

    Raises:
        InputError: it is no folder.
    """
    _check_root(root)
    return sorted(filter(_is_name, (file.parent.name for file in root.glob("*/lock"))))


def _is_name(name: str) -> bool:
    return NAME.fullmatch(name) is not None and name != "images"


def _check_root(root: Path) -> None:
    if not ROOT.fullmatch(str(root)):
        why = "write a path of letters, digits, spaces and ./:+@=~()-"
        raise InputError(f"--lab-dir {root}: {why}")
    try:
        usable = stat.S_ISDIR(root.stat().st_mode)
    except FileNotFoundError:
        return
    except OSError as error:  # below a file, a name that is too long, a loop of links
        why = f"cannot be used ({error.strerror})"
        raise InputError(f"--lab-dir {root}: {why}; name a folder") from None
    if not usable:
        raise InputError(f"--lab-dir {root}: is no folder; name one, or a new one")
