"""The checks of `quorate doctor`: the needs of a lab, and the lab's state. It builds nothing.

This module does not import libvirt's Python binding either, see checks.py.
"""

import os
import shutil
from pathlib import Path

from harness.host import checks
from harness.host.checks import Finding, Verdict
from harness.lab import accel
from harness.lab.capsule import Capsule
from harness.lab.images.image import NEEDED_MIB, built
from harness.lab.state import PROJECT, State

HOST_PACKAGES = PROJECT / "harness" / "host" / "packages.txt"
REPORT_TOOL = PROJECT / "harness" / "report" / "node_modules" / ".bin" / "allure"
MODULES = ("libvirt", "vagrant")
"""Python modules that only a machine with a lab needs."""
TUN = Path("/dev/net/tun")


def examine(state: State, plan_file: Path) -> list[Finding]:
    """Return a finding for each need of a lab, and one for the lab's state."""
    return [
        checks.rights(),
        checks.packages(HOST_PACKAGES.read_text()),
        checks.modules(MODULES),
        checks.memory(plan_file),
        disk_space(state),
        checks.tun(TUN),
        checks.namespaces(),
        acceleration(state),
        report_tool(REPORT_TOOL),
        lab(state),
    ]


def disk_space(state: State) -> Finding:
    """Check the free disk space for building images. A lab with images needs far less."""
    folder = next(path for path in (state.images, *state.images.parents) if path.is_dir())
    free = shutil.disk_usage(folder).free // 2**20
    if free >= NEEDED_MIB:
        return Finding("disk space", Verdict.OK, f"{free} MiB free")
    ready = all(built(state, kind) for kind in ("node", "guest"))
    detail = f"{free} MiB free in {folder}, building images needs {NEEDED_MIB}"
    remedy = "free some, or move the lab with --lab-dir or QUORATE_LAB_DIR"
    return Finding("disk space", Verdict.NOTE if ready else Verdict.LACKING, f"{detail}; {remedy}")


def acceleration(state: State) -> Finding:
    """Find how nodes would run with `--accel auto`. Both ways work; emulation is slower."""
    image = built(state, "node")
    if image is None:
        return Finding("acceleration", Verdict.NOTE, "not tried yet: no image")
    try:
        reason = accel.why_not_kvm(state, image)
    except OSError as error:
        return Finding("acceleration", Verdict.NOTE, f"not tried: {error}")
    detail = f"tcg, since {reason}" if reason else "kvm: a kernel boots under it"
    return Finding("acceleration", Verdict.OK, detail)


def report_tool(tool: Path) -> Finding:
    """Check for Allure. Without it a run gives its verdicts, but no report page."""
    if tool.exists():
        return Finding("report tool", Verdict.OK, "Allure is there")
    return Finding(
        "report tool",
        Verdict.NOTE,
        f"missing, so no report page; run `npm ci` in {tool.parents[2]}",
    )


def lab(state: State) -> Finding:
    """Find whether the lab is up, and whether it has a checkpoint."""
    if state.folder.is_dir() and not os.access(state.folder, os.R_OK | os.X_OK):
        return Finding("lab", Verdict.NOTE, f"{state.name} belongs to root; only root can read it")
    capsule = Capsule(state)
    init, persistent = capsule.init, capsule.persistent
    status = "down" if init is None else f"up, pid {init.pid}{', kept' if persistent else ''}"
    # checkpoint.py writes the manifest last. It imports libvirt, so its constant is repeated here.
    saved = (state.checkpoint / "manifest.json").exists()
    detail = f"{state.name} is {status}; {'a' if saved else 'no'} checkpoint"
    return Finding("lab", Verdict.OK, detail)
