"""The command line: one line for each known error, and no lab taken from who holds it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import lab_commands
from harness.errors import Exit
from harness.lab.capsule import Capsule
from harness.lab.state import HOME, PROJECT, State
from suites.selftest.command_line import Command


def test_help_and_doctor_need_no_libvirt_binding() -> None:
    """So that the doctor can say on any machine that it is missing."""
    block = (
        "import sys; sys.modules['libvirt'] = None; import harness.cli.main, harness.host.doctor"
    )
    subprocess.run([sys.executable, "-c", block], check=True, cwd=PROJECT)


def test_ssh_enters_the_labs_network_and_hands_over_the_whole_command(
    quorate: type[Command], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What follows the node's name is the command's own, options too."""
    calls: list[list[str]] = []
    monkeypatch.setattr(Capsule, "enter_network", lambda _: calls.append(["entered"]))
    monkeypatch.setattr("os.execvp", lambda _, words: calls.append(words))
    assert quorate("ssh", "--lab-dir", tmp_path, "alpha", "ls", "--lab", "-l").code == 0
    assert calls[0] == ["entered"]
    assert calls[1][:3] == ["ssh", "-i", str(tmp_path / "default" / "keys" / "ssh")]
    assert calls[1][-4:] == ["root@10.77.0.11", "ls", "--lab", "-l"]


def test_down_is_harmless_when_there_is_no_lab(
    quorate: type[Command], stopped: list[str], tmp_path: Path
) -> None:
    """Nothing is made, either."""
    done = quorate("down", "--lab-dir", tmp_path, "--lab", "none")
    assert (done.code, done.out) == (0, "lab none: there is none\n")
    assert not stopped
    assert not list(tmp_path.iterdir())


def test_down_ends_the_lab_and_forgets_its_checkpoint_only_when_told(
    quorate: type[Command], stopped: list[str], tmp_path: Path
) -> None:
    """A checkpoint is minutes of work."""
    checkpoint = State(tmp_path, "default").checkpoint
    checkpoint.mkdir(parents=True)
    assert quorate("down", "--lab-dir", tmp_path).out == "lab default: was down\n"
    assert checkpoint.exists()
    done = quorate("down", "--lab-dir", tmp_path, "--discard")
    assert done.out.splitlines()[1:] == ["lab default: its checkpoints are deleted"]
    assert not checkpoint.exists()
    assert stopped == ["default", "default"]


def test_down_leaves_a_lab_that_a_run_holds(
    quorate: type[Command], stopped: list[str], tmp_path: Path
) -> None:
    """And says who holds it."""
    with State(tmp_path, "default").lock():
        done = quorate("down", "--lab-dir", tmp_path, "--discard")
    assert done.code == Exit.LAB
    assert done.err.startswith("quorate: lab 'default' is in use by process ")
    assert not stopped


def test_up_becomes_pytest_with_its_options(
    quorate: type[Command], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With absolute paths: pytest runs in the project's folder."""
    seen: list[str] = []
    monkeypatch.setattr("os.execv", lambda _, words: seen.extend(words))
    monkeypatch.chdir(tmp_path)
    quorate("up", "--lab-dir", "labs", "--lab", "two", "--accel", "tcg")
    assert Path.cwd() == HOME
    smoke = [str(PROJECT / "suites" / "smoke"), "-m", "not slow"]
    assert seen[:4] == [sys.executable, "-m", "pytest", f"--rootdir={HOME}"]
    assert seen[4:9] == [*smoke, "--keep-lab", "--lab=two"]
    assert f"--lab-dir={tmp_path / 'labs'}" in seen
    assert "--accel=tcg" in seen


class Attached:
    """A lab that is up."""

    def __init__(self, *_: object, **__: object) -> None:
        self.up = False

    def attach(self) -> None:
        self.up = True


def test_a_fault_that_nobody_lifted_is_lifted_in_its_lab(
    quorate: type[Command], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One that was lifted has no order any more."""
    lifted: list[tuple[Path, bool]] = []

    def expire(order: Path, lab: Attached) -> None:
        lifted.append((order, lab.up))

    monkeypatch.setattr("harness.lab.lab.Lab", Attached)
    monkeypatch.setattr("harness.faults.expiry.expire", expire)
    assert quorate("expire", tmp_path / "order", "--lab-dir", tmp_path).code == 0
    assert lifted == []
    (tmp_path / "order").touch()
    assert quorate("expire", tmp_path / "order", "--lab-dir", tmp_path).code == 0
    assert lifted == [(tmp_path / "order", True)]


def test_an_interrupt_ends_with_130_and_no_traceback(
    quorate: type[Command], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a shell reads it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lab_commands, "examine", interrupt)
    monkeypatch.setattr("os._exit", sys.exit)
    done = quorate("doctor")
    assert done.code == Exit.INTERRUPTED
    assert "Traceback" not in done.err


def test_the_version_is_printed(quorate: type[Command]) -> None:
    done = quorate("--version")
    assert done.code == 0
    assert re.fullmatch(r"quorate \d+\.\d+\.\d+\n", done.out)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_has_a_short_name(quorate: type[Command], option: str) -> None:
    done = quorate("status", option)
    assert done.code == 0
    assert "--json" in done.out


def test_findings_are_there_for_a_script_too(quorate: type[Command], tmp_path: Path) -> None:
    done = quorate("doctor", "--lab-dir", tmp_path, "--json")
    found = {one["what"]: one["verdict"] for one in json.loads(done.out)}
    assert found["lab"] == "ok"
    assert done.code == (Exit.FAILED if "lacking" in found.values() else Exit.OK)
