"""The living cluster, memory and disks of all machines at one moment, saved and put back.

libvirt 9.0 cannot revert to an external snapshot and its internal ones need every disk in one
format, so a checkpoint is made of what it does well: machines saved while paused, and their
disks set aside as bases that overlays are laid over, at the disks' own paths, so that fencing's
cold start finds them too. The manifest is written last: without it there is no checkpoint.

A frozen lab is the same of a moment in which something is wrong: some machines may be off, and
its disks lie upon those of the checkpoint that its test began with.
"""

import json
import shutil
import uuid
from pathlib import Path
from typing import Any

from harness.lab.hypervisor import FORGET, Hypervisor
from harness.lab.images.disk import overlay
from harness.lab.state import State
from harness.progress import log, reporter

MANIFEST = "manifest.json"


class Checkpoint:
    """All machines of a lab at one moment, in a folder; `disks` is where they run."""

    def __init__(self, folder: Path, disks: Path) -> None:
        self._folder = folder
        self._disks = disks

    @property
    def identity(self) -> str | None:
        """Which one it is, None when there is none: each save has an identity of its own."""
        try:
            return str(self._manifest()["identity"])
        except (OSError, ValueError, KeyError):
            return None

    def valid_for(self, digest: str) -> bool:
        """Is there a whole checkpoint of a cluster that was built from exactly this?"""
        try:
            return bool(self._manifest()["digest"] == digest)
        except (OSError, ValueError, KeyError):
            return False

    def discard(self) -> None:
        """Forget it; harmless when there is none."""
        (self._folder / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def save(
        self,
        hypervisor: Hypervisor,
        machines: list[str],
        digest: str,
        *,
        step: str = "saving the checkpoint",
    ) -> None:
        """Save all machines at one moment; they are off afterwards, until `restore`.

        Raises:
            LabError: there is no such moment, the machines are too busy.
        """
        self.discard()
        self._folder.mkdir(mode=0o700, parents=True)
        networks, domains = hypervisor.definitions()
        running = [name for name in machines if hypervisor.is_running(name)]
        with reporter.step(step):
            hypervisor.suspend(running)
            hypervisor.save({name: self._memory(name) for name in running})
            disks = [disk for name in machines for disk in hypervisor.disks(name)]
            for disk in disks:
                disk.rename(self._folder / disk.name)
        manifest = {
            "digest": digest,
            "identity": uuid.uuid4().hex,
            "machines": machines,
            "running": running,
            "disks": [disk.name for disk in disks],
            "networks": networks,
            "domains": domains,
        }
        part = self._folder / "manifest.part"
        part.write_text(json.dumps(manifest, indent=1))
        part.replace(self._folder / MANIFEST)

    def define(self, hypervisor: Hypervisor) -> None:
        """Make a new capsule know the networks and machines that were saved."""
        manifest = self._manifest()
        hypervisor.define(manifest["networks"].values(), manifest["domains"].values())

    def restore(self, hypervisor: Hypervisor) -> None:
        """Put all machines back to the saved moment, whatever they do now, and let them go on."""
        manifest = self._manifest()
        running: list[str] = manifest["running"]
        hypervisor.power_off_all(manifest["machines"])
        hypervisor.define((), manifest["domains"].values())
        for disk in manifest["disks"]:
            self._overlay(disk)
        hypervisor.restore({name: self._memory(name) for name in running})
        hypervisor.resume(running)
        log.info("checkpoint restored")

    def _manifest(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self._folder / MANIFEST).read_text())
        return read

    def _memory(self, machine: str) -> Path:
        return self._folder / f"{machine}.memory"

    def _overlay(self, disk: str) -> None:
        target = self._disks / disk
        target.unlink(missing_ok=True)
        overlay(target, self._folder / disk, hint=FORGET)


def derived(state: State) -> list[Checkpoint]:
    """The checkpoints that changes gave this lab."""
    return [Checkpoint(folder, state.disks) for folder in state.derived.glob("*")]


def discard_all(state: State) -> None:
    """Forget the checkpoint of a lab, and what lies upon it; harmless when there is none."""
    Checkpoint(state.checkpoint, state.disks).discard()
    shutil.rmtree(state.derived, ignore_errors=True)


def prune(folder: Path, *, keep: int) -> None:
    """Remove all but the newest of the checkpoints below a folder."""
    made = sorted(folder.glob(f"**/{MANIFEST}"), key=lambda file: file.stat().st_mtime)
    for manifest in made[: max(0, len(made) - keep)]:
        shutil.rmtree(manifest.parent)
