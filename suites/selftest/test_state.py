"""One lab is held by one run at a time, and only its owner may look into it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.lab.state import PROJECT, LabBusy, State
from suites.selftest.processes import running

HOLD = """
import sys; from pathlib import Path; from harness.lab.state import State
held = State(Path(sys.argv[1]), "blue").lock(); print("held", flush=True); sys.stdin.read()
"""


@pytest.fixture
def blue(tmp_path: Path) -> State:
    return State(tmp_path, "blue")


@pytest.fixture
def holder(blue: State) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that holds the lab."""
    command = [sys.executable, "-c", HOLD, str(blue.root)]
    with running(*command, cwd=PROJECT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process


def test_a_second_holder_is_refused_with_the_firsts_number(
    blue: State, holder: "subprocess.Popen[bytes]"
) -> None:
    with pytest.raises(LabBusy) as busy:
        blue.lock()
    assert str(busy.value) == (
        f"lab 'blue' is in use by process {holder.pid}; "
        "wait for it to end or name another lab with --lab NAME"
    )


def test_a_lab_is_free_when_its_holder_is_killed(
    blue: State, holder: "subprocess.Popen[bytes]"
) -> None:
    holder.kill()
    holder.wait()
    with blue.lock():
        assert (blue.folder / "lock").read_text() == f"{os.getpid()}\n"


def test_a_lab_is_free_when_its_holder_lets_go(blue: State) -> None:
    blue.lock().close()
    blue.lock().close()


def test_labs_of_other_names_do_not_meet(blue: State, tmp_path: Path) -> None:
    with blue.lock(), State(tmp_path, "green").lock():
        pass


def test_a_holder_that_left_no_number_is_unknown(blue: State) -> None:
    with blue.lock():
        (blue.folder / "lock").write_text("")
        with pytest.raises(LabBusy, match="in use by process unknown"):
            blue.lock()


def test_only_the_owner_may_look_into_a_lab(blue: State) -> None:
    blue.prepare()
    blue.prepare()
    assert [folder.stat().st_mode & 0o777 for folder in (blue.folder, blue.keys)] == [0o700] * 2


def test_images_are_shared_and_all_else_is_the_labs_own(tmp_path: Path) -> None:
    blue, green = State(tmp_path, "blue"), State(tmp_path, "green")
    assert blue.images == green.images
    for name in ("folder", "disks", "checkpoint", "consoles", "keys"):
        assert getattr(blue, name) != getattr(green, name)
