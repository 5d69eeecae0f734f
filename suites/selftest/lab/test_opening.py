"""The order of a lab's life: what is asked for first, what is dropped, what stays."""

import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import InputError, LabError
from harness.lab import lab as module
from harness.lab.lab import Lab
from harness.lab.state import LabBusy, State
from harness.plan.plan import Acceleration
from suites.selftest.lab.parts import without_forgetting


def test_what_would_fail_late_is_asked_first(lab: Lab, done: list[str]) -> None:
    lab.open()
    assert done == ["root?", "memory?", "keys", "images", "accel"]
    assert lab.timings == lab.plan.timings[Acceleration.TCG]
    lab.close()


@pytest.mark.parametrize(
    ("refuses", "error"), [("require_root", LabError), ("check_memory", InputError)]
)
def test_a_lab_that_cannot_work_is_not_held(
    lab: Lab, refuses: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise error("no")

    monkeypatch.setattr(module, refuses, refuse)
    with pytest.raises(error):
        lab.open()
    lab.state.lock().close()


def test_an_open_lab_is_held_until_it_is_closed(lab: Lab) -> None:
    lab.open()
    with pytest.raises(LabBusy):
        lab.state.lock()
    lab.close()
    lab.state.lock().close()


def test_a_lab_that_is_let_go_may_outlive_the_run(opened: Lab, done: list[str]) -> None:
    opened.close()
    assert without_forgetting(done) == ["capsule leave"]


def test_machines_from_nothing_leave_no_older_checkpoint(opened: Lab, done: list[str]) -> None:
    opened.boot(keep=False)
    assert without_forgetting(done) == [
        "checkpoint discard",
        "libvirt close",
        "capsule stop",
        "capsule start",
        "capsule enter_network",
        "libvirt open",
        "machines prepare",
        "libvirt define_pool",
        "libvirt define_networks",
        "machines up",
        "fence device",
    ]


def test_a_lab_that_is_taken_down_keeps_its_checkpoint(lab: Lab, done: list[str]) -> None:
    lab.attach()
    done.clear()
    lab.down()
    lab.down()
    steps = ["libvirt close", "capsule stop", "capsule stop"]
    assert without_forgetting(done) == steps
    with pytest.raises(AssertionError, match="the lab is down"):
        _ = lab.hypervisor


@pytest.mark.parametrize(
    ("running", "gone"), [(True, None), (False, "the lab was ended from outside; run this again")]
)
def test_a_lab_whose_processes_are_not_there_is_gone(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, running: bool, gone: str | None
) -> None:
    monkeypatch.setattr(lab, "capsule", SimpleNamespace(running=running))
    assert lab.gone == gone


def test_a_command_for_later_is_a_shell_that_sleeps_until_then(
    lab: Lab, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is started in the capsule, and names the lab and its plan."""
    spawned: dict[Path, list[str]] = {}

    def spawn(command: list[str], *, log_to: Path) -> None:
        spawned[log_to] = command

    monkeypatch.setattr(lab.capsule, "spawn", spawn, raising=False)
    lab.run_later(("expire", "an order"), after=timedelta(minutes=30))
    [(log, (*shell, script))] = spawned.items()
    assert log == state.folder / "expiry.log"
    assert shell == ["sh", "-c"]
    assert script.startswith(
        f"sleep 1800 && exec {sys.executable} -m harness.cli expire 'an order' "
    )
    assert script.endswith(f" --lab default --lab-dir {state.root}")
