"""Acceleration by proof: KVM is used when a stock kernel boots under it, never because of a file.

`/dev/kvm` may open, create a machine and a processor, and still not boot a stock kernel (a
paravirtual backend does that). The nodes run KVM guests themselves, so the processor must also
offer its virtualization to them.
"""

import json
import subprocess
import time
from pathlib import Path

from harness.errors import LabError
from harness.lab.images.image import Image
from harness.lab.state import State
from harness.plan.plan import Acceleration
from harness.progress import log

PROOF_LIMIT_S = 60.0
"""A kernel needs about a second under working KVM, twenty where the hypervisor is emulated."""


def choose(wanted: str, state: State, node: Image) -> Acceleration:
    """`kvm`, `tcg`, or for `auto` KVM if it is proved to work.

    Raises:
        LabError: KVM was asked for by name and does not work.
    """
    if wanted == Acceleration.TCG:
        return Acceleration.TCG
    reason = why_not_kvm(state, node)
    if reason is None:
        return Acceleration.KVM
    if wanted == Acceleration.KVM:
        raise LabError(f"KVM does not work here ({reason}); use --accel tcg or auto")
    log.info("acceleration: tcg, since %s", reason)
    return Acceleration.TCG


def why_not_kvm(state: State, node: Image) -> str | None:
    """None when KVM works, else the reason in a few words; remembered until the next reboot."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    memory = state.root / "accel.json"
    try:
        known = json.loads(memory.read_text())
    except (OSError, ValueError):
        known = {}
    if known.get("boot") != boot:
        known = {"boot": boot, "reason": _probe(node)}
        memory.write_text(json.dumps(known))
    reason: str | None = known["reason"]
    return reason


def _probe(node: Image) -> str | None:
    if not Path("/dev/kvm").exists():
        return "there is no /dev/kvm"
    flags = Path("/proc/cpuinfo").read_text().split()
    if not {"vmx", "svm"} & set(flags):
        return "the processor offers no virtualization that guests could use"
    try:
        log.info("acceleration: a kernel booted under KVM in %.1f s", booting_s(node.kernel))
    except LabError as error:
        return str(error)
    return None


def booting_s(kernel: Path) -> float:
    """How long a kernel takes to boot under KVM, in seconds.

    It has no root, so it panics, resets, and thereby ends QEMU.

    Raises:
        LabError: it did not boot; the reason in a few words.
    """
    command = [
        *("qemu-system-x86_64", "-accel", "kvm", "-cpu", "host", "-m", "256", "-nodefaults"),
        *("-display", "none", "-no-reboot", "-kernel", str(kernel), "-append", "panic=-1"),
    ]
    start = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, timeout=PROOF_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        raise LabError(f"a kernel did not boot under it in {PROOF_LIMIT_S:.0f} s") from None
    if done.returncode:
        output = done.stderr.decode(errors="replace").strip().splitlines()
        raise LabError(output[-1] if output else f"qemu ended with {done.returncode}")
    return time.monotonic() - start
