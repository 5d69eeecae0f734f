"""Where a lab keeps what it needs: one folder for all labs, one below it for each name."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.errors import LabError

PROJECT = Path(__file__).parent.parent.parent


class LabBusy(LabError):
    """Another run holds this lab."""


@dataclass(frozen=True)
class State:
    """The folders of one lab. Images are shared by all labs; the rest is the lab's own."""

    root: Path
    name: str = "default"

    @property
    def folder(self) -> Path:
        """Everything of this lab; removing it loses nothing but time."""
        return self.root / self.name

    @property
    def images(self) -> Path:
        """Images by the hash of all that goes into them."""
        return self.root / "images"

    @property
    def disks(self) -> Path:
        """The storage pool: disks of the machines as they are now."""
        return self.folder / "disks"

    @property
    def checkpoint(self) -> Path:
        """The saved living cluster."""
        return self.folder / "checkpoint"

    @property
    def frozen(self) -> Path:
        """Labs as they stood when a test failed, by run and test; they hold memory and keys."""
        return self.folder / "frozen"

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
