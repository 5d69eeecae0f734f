"""A fault that nobody lifts ends by itself, in a process of the lab."""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from harness.faults import expiry
from harness.faults.expiry import Expiry
from harness.faults.fault import EXPIRY
from harness.faults.power import PowerOff
from suites.selftest.fakes import FakeClock, FakeLab


class FakeProcess:
    """A process of the capsule, the first of its group."""

    pid = 4711

    def __init__(self, command: Sequence[str | Path]) -> None:
        self.order = Path(command[-1])
        self.command = command
        self.ended: list[str] = []

    def wait(self) -> None:
        self.ended.append("wait")


@pytest.fixture
def started(lab: FakeLab, monkeypatch: pytest.MonkeyPatch) -> list[FakeProcess]:
    """What was started in the capsule."""
    processes: list[FakeProcess] = []

    def end(group: int, number: int) -> None:
        assert (group, number) == (FakeProcess.pid, signal.SIGKILL)
        if "kill" in processes[-1].ended:
            raise ProcessLookupError
        processes[-1].ended.append("kill")

    monkeypatch.setattr(os, "killpg", end)

    def spawn(command: Sequence[str | Path], *, log_to: Path) -> FakeProcess:
        assert log_to == lab.state.folder / "expiry.log"
        processes.append(FakeProcess(command))
        return processes[-1]

    monkeypatch.setattr(lab.capsule, "spawn", spawn)
    return processes


@pytest.fixture
def fault(lab: FakeLab) -> PowerOff:
    return PowerOff(lab.plan.data_nodes[0])


def test_the_order_is_written_before_the_process_starts(
    lab: FakeLab, fault: PowerOff, started: list[FakeProcess]
) -> None:
    Expiry(lab, fault)
    [process] = started
    assert list(process.command[:-1]) == [sys.executable, "-m", "harness.faults.expiry"]
    assert pickle.loads(process.order.read_bytes()) == (lab.state, lab.plan_file, fault)


def test_a_lifted_fault_needs_no_expiry(
    lab: FakeLab, fault: PowerOff, started: list[FakeProcess]
) -> None:
    promise = Expiry(lab, fault)
    promise.cancel()
    promise.cancel()
    assert started[0].ended[:2] == ["kill", "wait"]
    assert not started[0].order.exists()


def test_two_faults_have_two_orders(
    lab: FakeLab, fault: PowerOff, started: list[FakeProcess]
) -> None:
    Expiry(lab, fault)
    Expiry(lab, fault)
    assert started[0].order != started[1].order


@pytest.fixture
def expire(
    lab: FakeLab, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Callable[[FakeProcess], None]:
    """Does what the process does, its time being over at once."""

    def expire(process: FakeProcess) -> None:
        monkeypatch.setattr(expiry, "time", clock)
        monkeypatch.setattr(expiry, "Lab", lambda *_, **__: lab)
        monkeypatch.setattr(sys, "argv", ["expiry", str(process.order)])
        expiry.main()

    return expire


def test_the_fault_is_lifted_when_its_time_is_over(
    lab: FakeLab,
    fault: PowerOff,
    started: list[FakeProcess],
    clock: FakeClock,
    expire: Callable[[FakeProcess], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fault.inject(lab)
    Expiry(lab, fault)
    begin_s = clock.now_s
    attached: list[float] = []
    monkeypatch.setattr(lab, "attach", lambda: attached.append(clock.now_s - begin_s))
    expire(started[0])
    assert attached == [EXPIRY.total_seconds()]
    assert not fault.bites(lab)
    assert not started[0].order.exists()
    assert capsys.readouterr().out.splitlines() == [
        "nobody lifted it in 0:30:00: power cut of alpha",
        "lifted: power cut of alpha",
    ]


def test_a_fault_that_was_lifted_in_time_is_left_alone(
    lab: FakeLab,
    fault: PowerOff,
    started: list[FakeProcess],
    expire: Callable[[FakeProcess], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    Expiry(lab, fault).cancel()
    fault.inject(lab)
    expire(started[0])
    assert fault.bites(lab)
    assert capsys.readouterr().out == ""
