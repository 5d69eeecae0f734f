"""The scripts that pause and resume a node's guests, with a `virsh` that records its calls."""

import subprocess
from pathlib import Path

import pytest

from harness.lab.nested_guests import PAUSE, RESUME

VIRSH = """#!/bin/sh
echo "$*" >>{log}
case $1 in list) echo web; echo shop; exit {lists} ;; *) exit {acts} ;; esac
"""


def run(script: str, folder: Path, *, lists: int = 0, acts: int = 0) -> tuple[int, list[str]]:
    """Return the script's exit code and the calls of virsh."""
    log, virsh = folder / "log", folder / "virsh"
    virsh.write_text(VIRSH.format(log=log, lists=lists, acts=acts))
    virsh.chmod(0o755)
    path = {"PATH": f"{folder}:/usr/bin:/bin"}
    done = subprocess.run(["sh", "-c", script], env=path, check=False)
    return done.returncode, log.read_text().splitlines()


@pytest.mark.parametrize(
    ("script", "state", "act"), [(PAUSE, "running", "suspend"), (RESUME, "paused", "resume")]
)
def test_each_guest_in_that_state_is_handled(
    tmp_path: Path, script: str, state: str, act: str
) -> None:
    calls = [f"list --name --state-{state}", f"{act} web", f"{act} shop"]
    assert run(script, tmp_path) == (0, calls)


@pytest.mark.parametrize(("lists", "acts", "calls"), [(1, 0, 1), (0, 1, 2)])
def test_a_refusal_of_libvirt_is_an_error(
    tmp_path: Path, lists: int, acts: int, calls: int
) -> None:
    code, done = run(PAUSE, tmp_path, lists=lists, acts=acts)
    assert (code, len(done)) == (1, calls)
