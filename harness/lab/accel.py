"""Choice of the nodes' acceleration. KVM is used only if a stock kernel boots under it.

The existence of `/dev/kvm` is no proof: it may open, create a machine and a processor, and still
not boot a stock kernel (a paravirtual backend behaves like that). The nodes run KVM guests
themselves, so the processor must also offer them its virtualization.
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
"""Limit of the test boot. A kernel boots in about 1 s under working KVM, in about 20 s where the
hypervisor itself is emulated."""


def choose(wanted: str, state: State, node: Image) -> Acceleration:
    """Return the acceleration for `wanted`. `auto` chooses KVM if it works, else TCG.

    Raises:
        LabError: `wanted` is `kvm`, and KVM does not work.
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
    """Return in a few words why KVM does not work, or None if it works.

    The result is cached in `accel.json` until this machine reboots.
    """
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    cache = state.root / "accel.json"
    try:
        cached = json.loads(cache.read_text())
    except (OSError, ValueError):
        cached = {}
    if cached.get("boot") != boot:
        cached = {"boot": boot, "reason": _probe(node)}
        cache.write_text(json.dumps(cached))
    reason: str | None = cached["reason"]
    return reason


def _probe(node: Image) -> str | None:
    if not Path("/dev/kvm").exists():
        return "there is no /dev/kvm"
    flags = Path("/proc/cpuinfo").read_text().split()
    if not {"vmx", "svm"} & set(flags):
        return "the processor offers no virtualization that guests could use"
    try:
        log.info("acceleration: a kernel booted under KVM in %.1f s", boot_time_s(node.kernel))
    except LabError as error:
        return str(error)
    return None


def boot_time_s(kernel: Path) -> float:
    """Measure the time in seconds that a kernel takes to boot under KVM.

    The kernel has no root file system, so it panics and resets, which ends QEMU.

    Raises:
        LabError: the kernel did not boot. The message is the reason in a few words.
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
