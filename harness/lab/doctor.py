"""Can this machine carry a lab? One finding for each need, each with its way out; builds nothing.

Nothing here imports libvirt's Python binding: its lack is a finding, not a failed import.
"""

import importlib.util
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from harness.lab import accel
from harness.lab.capsule import Capsule
from harness.lab.image import NEEDED_MIB, Image
from harness.lab.state import PROJECT, State
from harness.plan import PlanError, check_memory, load
from harness.progress import StepError, run

HOST_PACKAGES = PROJECT / "harness" / "host-packages.txt"
REPORT_TOOL = PROJECT / "harness" / "report" / "node_modules" / ".bin" / "allure"
MODULES = ("libvirt", "vagrant")
"""Python modules that only a machine with labs needs."""
TUN = Path("/dev/net/tun")


class Verdict(StrEnum):
    """What a finding means for a run."""

    OK = "ok"
    NOTE = "note"
    LACKING = "lacking"


@dataclass(frozen=True)
class Finding:
    """One need, and how this machine meets it."""

    what: str
    verdict: Verdict
    said: str


def examine(state: State, plan_file: Path) -> list[Finding]:
    """Everything that a lab needs of this machine, and the lab's own state."""
    return [
        rights(),
        packages(HOST_PACKAGES.read_text()),
        modules(MODULES),
        memory(plan_file),
        disk_space(state),
        tun(TUN),
        namespaces(),
        acceleration(state),
        report_tool(REPORT_TOOL),
        lab(state),
    ]


def rights() -> Finding:
    """Root, or a way to become it."""
    if os.geteuid() == 0:
        return Finding("rights", Verdict.OK, "root")
    if shutil.which("sudo"):
        return Finding("rights", Verdict.OK, "not root; type commands with `sudo -E` before them")
    return Finding("rights", Verdict.LACKING, "a lab needs root, and there is no sudo")


def packages(listed: str) -> Finding:
    """Each line of the list is a proof and the package that brings it."""
    lines = [line.split() for line in listed.splitlines()]
    wanted = [words for words in lines if len(words) == 2 and not words[0].startswith("#")]
    missing = " ".join(package for proof, package in wanted if not _present(proof))
    if not missing:
        return Finding("host packages", Verdict.OK, f"all {len(wanted)} are there")
    said = f"missing: {missing}; type `make up`, or `apt-get install {missing}`"
    return Finding("host packages", Verdict.LACKING, said)


def modules(names: Iterable[str]) -> Finding:
    """Python's bindings for libvirt and Vagrant."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        said = f"missing: {', '.join(missing)}; type `make up`, which installs them into .venv"
        return Finding("Python modules", Verdict.LACKING, said)
    return Finding("Python modules", Verdict.OK, "all are there")


def memory(plan_file: Path) -> Finding:
    """What the plan's nodes want against what this machine has."""
    try:
        plan = load(plan_file)
        check_memory(plan)
    except PlanError as error:
        return Finding("memory", Verdict.LACKING, str(error))
    wanted = sum(node.memory_mib for node in plan.nodes.values())
    total = psutil.virtual_memory().total // 2**20
    return Finding("memory", Verdict.OK, f"the nodes want {wanted} MiB of {total} MiB")


def disk_space(state: State) -> Finding:
    """Room for the images; once they are built, a lab needs far less."""
    there = next(folder for folder in (state.images, *state.images.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free // 2**20
    if free >= NEEDED_MIB:
        return Finding("disk space", Verdict.OK, f"{free} MiB free")
    built = all(_images(state, kind) for kind in ("node", "guest"))
    said = f"{free} MiB free in {there}, building images needs {NEEDED_MIB}"
    way_out = "free some, or move the lab with --lab-dir or QUORATE_LAB_DIR"
    return Finding("disk space", Verdict.NOTE if built else Verdict.LACKING, f"{said}; {way_out}")


def tun(device: Path) -> Finding:
    """The machines' network cards are taps, and taps are made here."""
    try:
        os.close(os.open(device, os.O_RDWR))
    except OSError as error:
        if isinstance(error, PermissionError) and os.geteuid():
            return Finding("network taps", Verdict.NOTE, "not tried: needs root")
        way_out = f"type `modprobe tun`; a container needs `--device {device}`"
        said = f"{device} cannot be opened ({error.strerror}); {way_out}"
        return Finding("network taps", Verdict.LACKING, said)
    return Finding("network taps", Verdict.OK, f"{device} opens")


def namespaces() -> Finding:
    """The capsule's own, tried for real."""
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "true"]
    if os.geteuid():
        return Finding("namespaces", Verdict.NOTE, "not tried: needs root")
    try:
        run(command, hint="a container must be started with `--privileged`", deadline_s=20)
    except StepError as error:
        return Finding("namespaces", Verdict.LACKING, str(error))
    return Finding("namespaces", Verdict.OK, "can be made")


def acceleration(state: State) -> Finding:
    """How nodes would run with `--accel auto`; either way is good, emulation is slower."""
    images = _images(state, "node")
    if not images:
        return Finding("acceleration", Verdict.NOTE, "not tried yet: no image")
    try:
        reason = accel.why_not_kvm(state, Image(images[-1]))
    except OSError as error:
        return Finding("acceleration", Verdict.NOTE, f"not tried: {error}")
    said = f"tcg, since {reason}" if reason else "kvm: a kernel boots under it"
    return Finding("acceleration", Verdict.OK, said)


def report_tool(tool: Path) -> Finding:
    """Allure; without it a run gives its verdict, but draws no page."""
    if tool.exists():
        return Finding("report tool", Verdict.OK, "Allure is there")
    return Finding("report tool", Verdict.NOTE, "missing, so no report page; type `make up`")


def lab(state: State) -> Finding:
    """Up or down, and what it would start from."""
    if state.folder.is_dir() and not os.access(state.folder, os.R_OK | os.X_OK):
        return Finding("lab", Verdict.NOTE, f"{state.name} is root's; only root may look into it")
    capsule = Capsule(state)
    init, kept = capsule.init, capsule.kept
    life = "down" if init is None else f"up, pid {init.pid}{', kept' if kept else ''}"
    # The manifest is written last. Its name is checkpoint.py's, which cannot be imported here.
    saved = (state.checkpoint / "manifest.json").exists()
    said = f"{state.name} is {life}; {'a' if saved else 'no'} checkpoint"
    return Finding("lab", Verdict.OK, said)


def _present(proof: str) -> bool:
    """A path, which may be a pattern, or a command; where a user's PATH does not look, too."""
    if proof.startswith("/"):
        return any(Path("/").glob(proof[1:]))
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    return shutil.which(proof, path=path) is not None


def _images(state: State, kind: str) -> list[Path]:
    """Built images, the newest last."""
    folders = [path for path in state.images.glob(f"{kind}-image-*") if path.is_dir()]
    return sorted(folders, key=lambda folder: folder.stat().st_mtime)
