"""A fault that nobody lifts ends by itself, in a process of the target."""

import json
import os
import signal
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.faults.expiry import Expiry, expire, in_place
from harness.faults.fault import EXPIRY
from harness.faults.power import PowerOff
from suites.selftest.fakes import FakeProcess, FakeTarget


@pytest.fixture
def fault(target: FakeTarget) -> PowerOff:
    return PowerOff(target.plan.data_nodes[0])


def order_of(process: FakeProcess) -> Path:
    """The file that the command of the process reads."""
    name, order = process.command
    assert name == "expire"
    return Path(order)


def test_the_order_is_there_before_its_process(target: FakeTarget, fault: PowerOff) -> None:
    Expiry(target, fault)
    [process] = target.later
    assert process.after == EXPIRY
    assert order_of(process).parent == target.folder / "expiries"
    assert json.loads(order_of(process).read_text()) == {"kind": "power_off", "node": "alpha"}


def test_a_lifted_fault_needs_no_expiry(
    target: FakeTarget, fault: PowerOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(group: int, number: int) -> None:
        assert (group, number) == (FakeProcess.pid, signal.SIGKILL)
        if process.ended:
            raise ProcessLookupError
        process.ended.append("kill")

    monkeypatch.setattr(os, "killpg", end)
    promise = Expiry(target, fault)
    [process] = target.later
    promise.cancel()
    promise.cancel()
    assert process.ended[:2] == ["kill", "wait"]
    assert not order_of(process).exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": "power_off", "node": "delta"}'])
def test_an_order_that_cannot_be_read_is_named(target: FakeTarget, content: str) -> None:
    folder = target.folder / "expiries"
    folder.mkdir()
    (folder / "1.json").write_text(content)
    with pytest.raises(LabError, match=r"expiries/1\.json: no fault of this lab; lift it by hand"):
        in_place(target.folder, target.plan)


def test_two_faults_have_two_orders(target: FakeTarget, fault: PowerOff) -> None:
    Expiry(target, fault)
    Expiry(target, fault)
    one, other = map(order_of, target.later)
    assert one != other


def test_the_fault_is_lifted_when_its_time_is_over(
    target: FakeTarget, fault: PowerOff, capsys: pytest.CaptureFixture[str]
) -> None:
    fault.inject(target)
    Expiry(target, fault)
    order = order_of(target.later[0])
    expire(order, target)
    assert not fault.bites(target)
    assert not order.exists()
    assert capsys.readouterr().out.splitlines() == [
        "not lifted within 0:30:00: power cut of alpha",
        "lifted: power cut of alpha",
    ]
