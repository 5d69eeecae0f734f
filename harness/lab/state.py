"""The folders of labs: one for all labs, and in it one for each lab by its name."""

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
"""A path with allowed characters. ssh, QEMU, libvirt or a shell interpret others, such as `%h`, a
comma or a quote."""
PROJECT = Path(__file__).parents[2]
"""The folder that contains the imported `harness`: a checkout, or Python's site-packages."""
HOME = PROJECT if (PROJECT / "pytest.ini").is_file() else Path.cwd()
"""The folder of `.lab` and `reports`: the checkout, or the working folder if Quorate is installed.
"""


class LabBusy(LabError):
    """Another run holds the lock of this lab."""


@dataclass(frozen=True)
class State:
    """The folders of one lab. All labs share the images. Everything else is the lab's own."""

    root: Path
    name: str = "default"

    def __post_init__(self) -> None:
        """Raise InputError for a name or root that cannot be used."""
        if not _is_name(self.name):
            raise InputError(f"--lab {self.name!r}: {WRONG_NAME}")
        _check_root(self.root)

    @property
    def folder(self) -> Path:
        """All files of this lab. They can be built again if they are deleted."""
        return self.root / self.name

    @property
    def images(self) -> Path:
        """Images, named after the hash of their inputs."""
        return self.root / "images"

    @property
    def plan(self) -> Path:
        """The resolved plan of this lab, for Vagrant and for other processes."""
        return self.folder / "plan.json"

    @property
    def expiries(self) -> Path:
        """Faults in place, each from before its injection until it is lifted."""
        return self.folder / "expiries"

    @property
    def disks(self) -> Path:
        """The storage pool with the disks of the running machines."""
        return self.folder / "disks"

    @property
    def checkpoint(self) -> Path:
        """The checkpoint of this lab."""
        return self.folder / "checkpoint"

    @property
    def derived(self) -> Path:
        """Derived checkpoints: the checkpoint with changes applied."""
        return self.folder / "derived"

    @property
    def frozen(self) -> Path:
        """Frozen labs of failed tests, by run and test. They contain memory and keys."""
        return self.folder / "frozen"

    @property
    def frozen_moments(self) -> list[str]:
        """Names of the frozen labs that can be thawed, the newest last."""
        found = self.frozen.glob("*/*/manifest.json")
        manifests = sorted(found, key=lambda file: file.stat().st_mtime)
        return [str(file.parent.relative_to(self.frozen)) for file in manifests]

    @property
    def consoles(self) -> Path:
        """Output of each machine's serial console."""
        return self.folder / "consoles"

    @property
    def keys(self) -> Path:
        """Secrets of this lab, readable by its owner only."""
        return self.folder / "keys"

    def prepare(self) -> None:
        """Make the folders. Only the owner can read a lab, because it contains keys and memory."""
        for folder in (self.images, self.disks, self.consoles, self.keys):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.keys.chmod(0o700)

    def lock(self) -> IO[str]:
        """Lock this lab until the returned file is closed or the process ends.

        Raises:
            LabBusy: another process holds the lock. The message has its process id.
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
    """Return the names of all labs that were ever locked.

    Raises:
        InputError: `root` cannot be used as a folder of labs.
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
    except OSError as error:  # a parent is a file, the name is too long, links form a loop
        why = f"cannot be used ({error.strerror})"
        raise InputError(f"--lab-dir {root}: {why}; name a folder") from None
    if not usable:
        raise InputError(f"--lab-dir {root}: is no folder; name one, or a new one")
