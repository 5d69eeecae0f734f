"""An emulated hypervisor: a Debian machine with SVM, in which KVM works, slowly.

It needs no hardware virtualization. Its `/dev/kvm` is real, and so are the nodes under it and the
guests in them.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.command import run
from harness.errors import LabError
from harness.host.doctor import HOST_PACKAGES
from harness.lab.images import debian, node
from harness.lab.images.disk import overlay
from harness.lab.images.image import RECIPES, Image, cached, digest_of
from harness.lab.machines import KERNEL
from harness.lab.state import PROJECT, State

RELEASES = {(3, 11): "bookworm", (3, 13): "trixie"}
"""Debian release by Python version. This machine's Python downloads the wheels, so the hypervisor
needs the same version."""
CPUS, MEMORY_MIB, ROOT_MIB, WORK_MIB = 2, 8192, 8192, 20480
"""With one processor, the cluster did not settle within ten minutes."""
OPTIONS = "panic=-1 kvm_amd.nested=1 systemd.hostname=hypervisor systemd.mask=libvirtd.service"
NOT_NEEDED = {"nodejs", "npm"}
"""Packages of the report tool. The hypervisor makes no report page."""
LOCK = PROJECT / "requirements.lock"
MARKER = re.compile(r" ; [^\\\n]*")
"""A condition on the Python release in the lock file. It is removed, because the two machines may
have different releases."""
INSTALL = Path(__file__).with_name("install.sh")


def build(state: State) -> Image:
    """Return an image of Debian with the packages of a lab's host, cached like the nodes' image.

    Raises:
        LabError: no Debian release has this Python, or its packages cannot be downloaded.
    """
    release = RELEASES.get(sys.version_info[:2])
    if release is None:
        raise LabError(
            "no Debian release has this Python; make .venv anew with Python 3.11 or 3.13"
        )
    lines = [line.split() for line in HOST_PACKAGES.read_text().splitlines()]
    packages = {words[1] for words in lines if len(words) == 2 and words[0] != "#"} - NOT_NEEDED

    def assemble(work: Path) -> None:
        wheels, unconditional = work / "wheels", work / "requirements.lock"
        unconditional.write_text(MARKER.sub("", LOCK.read_text()))
        fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes"]
        run([*fetch, "-r", unconditional, "-d", wheels], hint="is the Python registry reachable?")
        hook = f'sh {INSTALL} "$1" {wheels} {LOCK}'
        rootfs = debian.unpack(release, RECIPES / "node", work, more=packages, hooks=[hook])
        node.assemble(rootfs, work, root_mib=ROOT_MIB)

    inputs = (release, *sorted(packages), LOCK.read_text(), INSTALL.read_text())
    return cached(
        state, "hypervisor image", digest_of(RECIPES / "node", (node,), *inputs), assemble
    )


def fill(disk: Path, tree: Path) -> None:
    """Make a disk with a file system that holds the files of `tree`."""
    disk.unlink(missing_ok=True)
    disk.touch()
    os.truncate(disk, WORK_MIB * 2**20)
    run(["mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, disk], hint="is the disk full?")


def take(disk: Path, folder: str, target: Path) -> None:
    """Copy a folder of a disk made by `fill` to `target`. The machine must be off."""
    target.mkdir(parents=True, exist_ok=True)
    run(["debugfs", "-R", f"rdump {folder} {target}", disk], hint="is the disk full?")


def boot(image: Image, scratch: Path, work: Path) -> Iterator[str]:
    """Run the machine until it turns itself off. Yield the lines of its console."""
    system = scratch / "system.qcow2"
    overlay(system, image.disk)
    words = f"{KERNEL} {OPTIONS}"
    command = [
        *("setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-nodefaults"),
        *("-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "EPYC,+svm,+npt,-cx16,check=off"),
        *("-machine", "q35,hpet=off", "-smp", str(CPUS), "-m", str(MEMORY_MIB), "-no-reboot"),
        *("-display", "none", "-monitor", "none", "-nic", "none", "-serial", "stdio"),
        *("-kernel", str(image.kernel), "-initrd", str(image.initrd), "-append", words),
        *("-drive", f"if=virtio,format=qcow2,cache=unsafe,file={system}"),
        *("-drive", f"if=virtio,format=raw,cache=unsafe,file={work}"),
        *("-device", "virtio-rng-pci"),
    ]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=subprocess.PIPE, text=True) as machine:
        assert machine.stdout is not None
        try:
            yield from machine.stdout
        finally:
            machine.kill()
