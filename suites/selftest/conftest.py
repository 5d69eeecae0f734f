"""Fixtures of all self-tests: the shipped plan, a fake lab, shell and target, and a fake clock."""

import gc
import io
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli import lab_commands
from harness.lab.capsule import Capsule
from harness.lab.state import State
from harness.plan.load import load
from harness.plan.plan import Plan
from harness.progress import reporter
from harness.waiting import wait_for
from suites.selftest.command_line import Command
from suites.selftest.fake_lab import FakeHypervisor, FakeLab
from suites.selftest.fakes import FakeClock, FakeShell, FakeTarget

# Records have thousands of live events. With Python's default thresholds the garbage collector
# traversed them so often that the self-tests took 40 s of processor time instead of 35 s.
gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The shipped plan, independent of the options of this run."""
    return load()


@pytest.fixture
def state(tmp_path: Path) -> State:
    """The empty folders of a lab."""
    state = State(tmp_path / "labs")
    state.prepare()
    return state


@pytest.fixture
def shell() -> FakeShell:
    return FakeShell()


@pytest.fixture
def hypervisor(plan: Plan, state: State) -> FakeHypervisor:
    return FakeHypervisor(plan, state.disks)


@pytest.fixture
def lab(plan: Plan, state: State, shell: FakeShell, hypervisor: FakeHypervisor) -> FakeLab:
    return FakeLab(plan, state, shell, hypervisor)


@pytest.fixture
def target(plan: Plan, tmp_path: Path, shell: FakeShell) -> FakeTarget:
    return FakeTarget(plan, tmp_path, shell)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """A fake clock of the wait loop, of `holds` and of events, so that no self-test waits."""
    clock = FakeClock()
    defaults = wait_for.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "clock", clock.monotonic)
    monkeypatch.setitem(defaults, "pause", clock.sleep)
    monkeypatch.setattr("harness.cluster.cluster.time", clock)
    monkeypatch.setattr("harness.record.events.base.time", clock)
    return clock


@pytest.fixture
def quorate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> type[Command]:
    """The command `quorate` in this process, without the check for root."""
    monkeypatch.setattr(lab_commands, "require_root", lambda: None)
    Command.patch, Command.capsys = monkeypatch, capsys
    return Command


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the labs that were stopped."""
    names: list[str] = []
    monkeypatch.setattr(Capsule, "stop", lambda capsule: names.append(capsule.state.name))
    return names


@pytest.fixture(autouse=True)
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a self-test that uses a real lab. One that runs pytest itself must provide a fake."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a self-test uses a real lab")

    monkeypatch.setattr("fixtures.lab.Lab", refuse)


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """The output of the harness's progress reporter. Lengths of steps are not stored."""
    screen = io.StringIO()
    monkeypatch.setattr(reporter, "console", Console(file=screen, width=200))
    # An inner run would store the lengths of fake steps beside the checkout's own lab.
    monkeypatch.setattr(reporter, "remember_in", lambda _: None)
    return screen
