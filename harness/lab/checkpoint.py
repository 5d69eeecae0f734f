"""Checkpoints: memory and disks of all machines at one moment, saved and restored.

libvirt 9.0 cannot revert to an external snapshot, and its internal snapshots need every disk in one
format. So a checkpoint consists of machines saved while paused, and of their disks, moved aside as
the bases of overlays. Each restore copies the empty overlays to the disks' own paths, so that a
machine that fencing starts cold finds them too. The manifest is written last: without it there is
no checkpoint.

A frozen lab is a checkpoint of a failed test. Some machines may be off, and its disks are overlays
of the disks in the checkpoint from which the test started.
"""

import json
import shutil
import uuid
from pathlib import Path
from typing import Any

from harness.errors import LabError
from harness.lab.hypervisor import FORGET, Hypervisor
from harness.lab.images.disk import overlay
from harness.lab.state import State
from harness.progress import log, reporter

MANIFEST = "manifest.json"


class Checkpoint:
    """A checkpoint in a folder. `disks` is the folder of the running machines' disks."""

    def __init__(self, folder: Path, disks: Path) -> None:
        self._folder = folder
        self._disks = disks

    @property
    def identity(self) -> str | None:
        """Unique id of the save, or None if there is no checkpoint."""
        try:
            return str(self._manifest()["identity"])
        except (OSError, ValueError, KeyError):
            return None

    def valid_for(self, digest: str) -> bool:
        """Return whether there is a complete checkpoint, made from the inputs of this digest."""
        try:
            return bool(self._manifest()["digest"] == digest)
        except (OSError, ValueError, KeyError):
            return False

    def discard(self) -> None:
        """Delete the checkpoint. Does nothing if there is none."""
        (self._folder / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def save(self, hypervisor: Hypervisor, machines: list[str], digest: str, *, step: str) -> None:
        """Save all machines at one moment. They stay off until `restore`.

        Raises:
            LabError: the machines are too busy to be suspended at one moment.
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
                overlay(self._overlay(disk.name), self._folder / disk.name)
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
        """Define the saved networks and machines in a new capsule's libvirt."""
        manifest = self._manifest()
        hypervisor.define(manifest["networks"].values(), manifest["domains"].values())

    def restore(self, hypervisor: Hypervisor) -> None:
        """Return all machines to the saved moment, whatever their state, and resume them."""
        manifest = self._manifest()
        running: list[str] = manifest["running"]
        hypervisor.power_off_all(manifest["machines"])
        hypervisor.define((), manifest["domains"].values())
        for disk in manifest["disks"]:
            self._empty(disk)
        hypervisor.restore({name: self._memory(name) for name in running})
        hypervisor.resume(running)
        log.info("checkpoint restored")

    def _manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self._folder / MANIFEST).read_text())
        return manifest

    def _memory(self, machine: str) -> Path:
        return self._folder / f"{machine}.memory"

    def _overlay(self, disk: str) -> Path:
        return self._folder / f"{disk}.overlay"

    def _empty(self, disk: str) -> None:
        """Make the disk's file an empty overlay of the saved disk.

        Raises:
            LabError: the checkpoint is damaged, or this machine's disk is full.
        """
        target = self._disks / disk
        target.unlink(missing_ok=True)
        try:
            shutil.copyfile(self._overlay(disk), target)
        except OSError as error:
            raise LabError(f"the disk {disk} cannot be restored ({error}); {FORGET}") from None


def derived(state: State) -> list[Checkpoint]:
    """Return the derived checkpoints of a lab."""
    return [Checkpoint(folder, state.disks) for folder in state.derived.glob("*")]


def discard_all(state: State) -> None:
    """Delete a lab's checkpoint and those derived from it. Does nothing if there is none."""
    Checkpoint(state.checkpoint, state.disks).discard()
    shutil.rmtree(state.derived, ignore_errors=True)


def prune(folder: Path, *, keep: int) -> None:
    """Delete all checkpoints below a folder but the `keep` newest."""
    manifests = sorted(folder.glob(f"**/{MANIFEST}"), key=lambda file: file.stat().st_mtime)
    for manifest in manifests[: max(0, len(manifests) - keep)]:
        shutil.rmtree(manifest.parent)
