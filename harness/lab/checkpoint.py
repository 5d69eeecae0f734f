"""The living cluster, memory and disks of all machines at one moment, saved and put back.

libvirt 9.0 cannot revert to an external snapshot and its internal ones need every disk in one
format, so a checkpoint is made of what it does well: machines saved while paused, and their
disks set aside as bases that overlays are laid over, at the disks' own paths, so that fencing's
cold start finds them too. The manifest is written last: without it there is no checkpoint.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from harness.lab.disk import overlay
from harness.lab.hypervisor import FORGET, Hypervisor
from harness.lab.state import State
from harness.progress import log, reporter

MANIFEST = "manifest.json"


class Checkpoint:
    """The one checkpoint of a lab."""

    def __init__(self, state: State) -> None:
        self._folder = state.checkpoint
        self._disks = state.disks

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

    def save(self, hypervisor: Hypervisor, machines: list[str], digest: str) -> None:
        """Save all machines at one moment; they are off afterwards, until `restore`."""
        self.discard()
        self._folder.mkdir(mode=0o700)
        networks, domains = hypervisor.definitions()
        with reporter.step("saving the checkpoint"):
            hypervisor.suspend(machines)
            hypervisor.save({name: self._memory(name) for name in machines})
            disks = [disk for name in machines for disk in hypervisor.disks(name)]
            for disk in disks:
                disk.rename(self._folder / disk.name)
        manifest = {
            "digest": digest,
            "machines": machines,
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
        machines: list[str] = manifest["machines"]
        hypervisor.power_off_all(machines)
        hypervisor.define((), manifest["domains"].values())
        for disk in manifest["disks"]:
            self._overlay(disk)
        hypervisor.restore({name: self._memory(name) for name in machines})
        hypervisor.resume(machines)
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
