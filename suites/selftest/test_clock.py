"""How far a node's clock is off, and how surely that is known."""

import pytest

from harness.observe import clock as module
from harness.observe.clock import QUESTIONS, Clock, read_clock
from suites.selftest.fakes import FakeClock

EPOCH_S = 1_795_000_000.0


@pytest.fixture(autouse=True)
def here(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """This machine's own clock."""
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_the_quickest_answer_is_believed(here: FakeClock) -> None:
    trips = [1.0, 0.4, 0.2, 0.6, 3.0]

    def ask() -> float:
        there, back = trips[0] * 0.75, trips.pop(0) * 0.25
        here.jump(there)
        told = EPOCH_S + here.now_s
        here.jump(back)
        return told

    found = read_clock(ask)
    assert trips == []
    assert found.uncertainty_s == pytest.approx(0.1)
    assert found.offset_s == pytest.approx(EPOCH_S + 0.05)
    assert abs(found.offset_s - EPOCH_S) <= found.uncertainty_s


def test_a_node_is_asked_a_few_times(here: FakeClock) -> None:
    asked: list[float] = []
    assert read_clock(lambda: asked.append(0) or EPOCH_S) == Clock(EPOCH_S - here.now_s, 0.0)
    assert len(asked) == QUESTIONS


def test_a_nodes_moment_is_told_by_this_machines_clock() -> None:
    assert Clock(EPOCH_S, 0.1).monotonic(EPOCH_S + 12.5) == 12.5
