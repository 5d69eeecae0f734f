"""Access to Vagrant: makes the machines of a lab with `vagrant up`."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil
import vagrant

from harness.errors import LabError
from harness.lab.capsule import Capsule
from harness.lab.images.disk import overlay
from harness.lab.images.image import Image
from harness.lab.keys import public_key
from harness.lab.state import State
from harness.plan.plan import NETWORKS, Acceleration, NodePlan, Plan, Role
from harness.progress import log

VAGRANTFILE = Path(__file__).with_name("Vagrantfile")
BOX, BOX_VERSION = "quorate-node", "1.0.0"
BOX_GIB = 4
BOOT_TIMEOUT_S = 600
UNUSED_BY_ARBITRATOR = (
    "libvirtd.service",
    "libvirtd.socket",
    "libvirtd-ro.socket",
    "libvirtd-admin.socket",
    "virtlogd.service",
    "virtlogd.socket",
    "virtlogd-admin.socket",
    "virtlockd.service",
    "virtlockd.socket",
    "virtlockd-admin.socket",
)
"""Units masked on the arbitrator. It boots the same image as the data nodes, but runs no guest."""
KERNEL = (
    "root=/dev/vda1 rw console=ttyS0 net.ifnames=0 quiet mitigations=off no_timer_check "
    "tsc=reliable audit=0 init_on_alloc=0 rcupdate.rcu_cpu_stall_timeout=120 systemd.show_status=0 "
    "norandmaps"
)
"""Kernel command line of every machine. It switches off features that cost an emulated processor
time and serve no test.

`norandmaps` saves most. QEMU caches translated code by address, so with randomized addresses a
program is translated at each start: fork and exec take 55 ms instead of 23 ms."""


def definition_digest() -> str:
    """Return a digest of the machines' definition. A checkpoint is valid only for the same one."""
    definition = VAGRANTFILE.read_text() + KERNEL + "".join(UNUSED_BY_ARBITRATOR)
    return hashlib.sha256(definition.encode()).hexdigest()[:8]


def _kill_vagrant() -> None:
    """Kill Vagrant processes that are left.

    An interrupted Vagrant takes a while to notice that its libvirt is gone, and meanwhile writes to
    the lab's folder. python-vagrant keeps no handle of the process.
    """
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if any(Path(word).name == "vagrant" for word in child.cmdline()[:2]):
                child.kill()
                child.wait()


class Machines:
    """The Vagrant environment of a lab."""

    def __init__(self, state: State, plan: Plan) -> None:
        self.state = state
        self.plan = plan
        self._values = state.folder / "values.json"
        self._env = {
            **os.environ,
            "QUORATE_PLAN": str(state.plan),
            "QUORATE_VALUES": str(self._values),
            "VAGRANT_HOME": str(state.folder / "vagrant"),
            "VAGRANT_DOTFILE_PATH": str(state.folder / "vagrant" / "machines"),
            "VAGRANT_CHECKPOINT_DISABLE": "1",
            "VAGRANT_DEFAULT_PROVIDER": "libvirt",
        }

    def prepare(self, capsule: Capsule, node: Image, guest: Image, accel: Acceleration) -> None:
        """Write the disks and settings that `up` needs."""
        self._remove_old_machines()
        self._seed_box(node)
        self._seed_media(guest)
        self._seed_second_system_disks(node)
        self._write_values(capsule, node, accel)

    def up(self) -> None:
        """Make and boot all machines, until each answers over SSH.

        Raises:
            LabError: Vagrant failed. The message has its last line of output.
        """
        lines: list[str] = []
        try:
            for line in self._vagrant().up(provider="libvirt", provision=False, stream_output=True):
                lines.append(line.strip())
                log.debug("vagrant: %s", line.rstrip())
        except subprocess.CalledProcessError:
            last = next((line for line in reversed(lines) if line), "no output")
            raise LabError(f"vagrant up failed ({last}); see the run's log") from None
        finally:
            _kill_vagrant()

    def _vagrant(self) -> vagrant.Vagrant:
        return vagrant.Vagrant(VAGRANTFILE.parent, env=self._env, err_cm=self._errors)

    @contextmanager
    def _errors(self) -> Iterator[IO[str]]:
        with (self.state.folder / "vagrant.log").open("a") as file:
            yield file

    def _remove_old_machines(self) -> None:
        """Delete Vagrant's state and the disks. Machines of an earlier capsule ended with it."""
        shutil.rmtree(self.state.folder / "vagrant", ignore_errors=True)
        shutil.rmtree(self.state.disks, ignore_errors=True)
        self.state.disks.mkdir()

    def _seed_box(self, node: Image) -> None:
        """Install the box as Vagrant does, and an overlay of it under the name of its volume.

        As the volume exists, vagrant-libvirt uploads nothing.
        """
        box = self.state.folder / "vagrant" / "boxes" / BOX / BOX_VERSION / "libvirt"
        box.mkdir(parents=True)
        (self.state.folder / "vagrant" / "setup_version").write_text("1.5")
        metadata = {"provider": "libvirt", "format": "qcow2", "virtual_size": BOX_GIB}
        (box / "metadata.json").write_text(json.dumps(metadata))
        (box / "box.img").symlink_to(node.disk)
        volume = f"{BOX}_vagrant_box_image_{BOX_VERSION}_box.img"
        overlay(self.state.disks / volume, node.disk)

    def _seed_media(self, guest: Image) -> None:
        for machine in self.plan.data_nodes:
            media = self.state.disks / f"{machine.name}-media.qcow2"
            overlay(media, guest.folder / "media.qcow2")

    def _seed_second_system_disks(self, node: Image) -> None:
        """Make the second leg of each RAID1. It starts as the same image, so the legs are equal."""
        if self.plan.system_disks == 2:
            for name in self.plan.nodes:
                overlay(self.state.disks / f"{name}-system2.qcow2", node.disk)

    def _write_values(self, capsule: Capsule, node: Image, accel: Acceleration) -> None:
        nodes = self.plan.nodes.values()
        values = {
            "box": BOX,
            "box_version": BOX_VERSION,
            "boot_timeout_s": BOOT_TIMEOUT_S,
            "accel": accel,
            "libvirt_uri": capsule.libvirt_uri,
            "private_key": str(self.state.keys / "ssh"),
            "kernel": str(node.kernel),
            "initrd": str(node.initrd),
            "cmd_line": {n.name: self._command_line(n) for n in nodes},
            "consoles": {n.name: str(self.state.consoles / f"{n.name}.log") for n in nodes},
            "guest_consoles": {n.name: self._guest_consoles(n) for n in nodes},
            "macs": {n.name: {k: self.plan.mac(n, k) for k in NETWORKS} for n in nodes},
        }
        self._values.write_text(json.dumps(values, indent=1))

    def _guest_consoles(self, node: NodePlan) -> dict[str, str]:
        """Return by guest the file of its console output on that node."""
        consoles = self.state.consoles
        return {guest: str(consoles / f"{node.name}-{guest}.log") for guest in self.plan.guests}

    def _command_line(self, node: NodePlan) -> str:
        """Return the kernel command line with the node's name and the lab's public SSH key.

        tmpfiles writes the credential `ssh.authorized_keys.root` to root's authorized_keys at every
        boot (systemd.system-credentials(7)), so one image without a key serves every lab.
        """
        key = public_key(self.state.keys)
        unused = [] if node.role is Role.DATA else UNUSED_BY_ARBITRATOR
        words = [
            KERNEL,
            *(f"systemd.mask={unit}" for unit in unused),
            f"systemd.hostname={node.name}",
            f'"systemd.set_credential=ssh.authorized_keys.root:{key}"',
        ]
        return " ".join(words)
