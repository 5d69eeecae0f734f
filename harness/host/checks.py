"""Checks of the machine that runs a lab. Each returns a finding, with the remedy.

This module does not import libvirt's Python binding, so that its absence is a finding and not a
failed import.
"""

import importlib.util
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from harness.command import run
from harness.errors import InputError, LabError
from harness.plan.load import check_memory, load


class Verdict(StrEnum):
    """Severity of a finding."""

    OK = "ok"
    NOTE = "note"
    LACKING = "lacking"


@dataclass(frozen=True)
class Finding:
    """One need of a lab, and whether this machine meets it."""

    what: str
    verdict: Verdict
    detail: str


def rights() -> Finding:
    """Check for root, or sudo."""
    if os.geteuid() == 0:
        return Finding("rights", Verdict.OK, "root")
    if shutil.which("sudo"):
        return Finding("rights", Verdict.OK, "not root; type commands with `sudo -E` before them")
    return Finding("rights", Verdict.LACKING, "a lab needs root, and there is no sudo")


def packages(listed: str) -> Finding:
    """Check the host packages. `listed` has the form of packages.txt."""
    lines = [line.split() for line in listed.splitlines()]
    needed = [words for words in lines if len(words) == 2 and not words[0].startswith("#")]
    missing = " ".join(package for proof, package in needed if not _present(proof))
    if not missing:
        return Finding("host packages", Verdict.OK, f"all {len(needed)} are there")
    detail = f"missing: {missing}; run `apt-get install {missing}`"
    return Finding("host packages", Verdict.LACKING, detail)


def modules(names: Iterable[str]) -> Finding:
    """Check for Python modules."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        detail = f"missing: {', '.join(missing)}; run `pip install .` or, in a checkout, `make up`"
        return Finding("Python modules", Verdict.LACKING, detail)
    return Finding("Python modules", Verdict.OK, "all are there")


def memory(plan_file: Path) -> Finding:
    """Check the memory of the plan's nodes against this machine's.

    Raises:
        InputError: the plan cannot be used.
    """
    plan = load(plan_file)
    try:
        check_memory(plan)
    except InputError as error:
        return Finding("memory", Verdict.LACKING, str(error))
    needed = sum(node.memory_mib for node in plan.nodes.values())
    total = psutil.virtual_memory().total // 2**20
    return Finding("memory", Verdict.OK, f"the nodes need {needed} MiB of {total} MiB")


def tun(device: Path) -> Finding:
    """Check for the tun device. The virtual machines' network cards are taps, made by it."""
    try:
        os.close(os.open(device, os.O_RDWR))
    except OSError as error:
        if isinstance(error, PermissionError) and os.geteuid():
            return Finding("network taps", Verdict.NOTE, "not tried: needs root")
        remedy = f"type `modprobe tun`; a container needs `--device {device}`"
        detail = f"{device} cannot be opened ({error.strerror}); {remedy}"
        return Finding("network taps", Verdict.LACKING, detail)
    return Finding("network taps", Verdict.OK, f"{device} opens")


def namespaces() -> Finding:
    """Check for namespaces, by making those of the capsule."""
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "true"]
    if os.geteuid():
        return Finding("namespaces", Verdict.NOTE, "not tried: needs root")
    try:
        run(command, hint="a container must be started with `--privileged`", deadline_s=20)
    except LabError as error:
        return Finding("namespaces", Verdict.LACKING, str(error))
    return Finding("namespaces", Verdict.OK, "can be made")


def _present(proof: str) -> bool:
    """Return whether a proof exists: an absolute path, which may be a pattern, or a command."""
    if proof.startswith("/"):
        return any(Path("/").glob(proof[1:]))
    return shutil.which(proof) is not None
