"""How far a node's clock is off, how surely that is known, and what a suspension does to it."""

import pytest

from harness.observe import clock as module
from harness.observe.clock import (
    ATTEMPTS,
    Clock,
    Measured,
    clock_of,
    halts_of,
    measure,
    read_clock,
)
from harness.plan.plan import Plan
from harness.record.power import Stretch
from harness.record.spans import Life
from harness.record.timeline import Timeline
from harness.target.shell import Unreachable
from suites.selftest.fakes import FakeClock, FakeShell
from suites.selftest.node_events import power

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
        answer_s = EPOCH_S + here.now_s
        here.jump(back)
        return answer_s

    found = read_clock(ask)
    assert trips == []
    assert found.uncertainty_s == pytest.approx(0.1)
    assert found.offset_s == pytest.approx(EPOCH_S + 0.05)
    assert abs(found.offset_s - EPOCH_S) <= found.uncertainty_s
    assert found.measured_s == pytest.approx(1000 + 1.0 + 0.4 + 0.1)


def test_a_node_is_asked_a_few_times(here: FakeClock) -> None:
    asked: list[float] = []

    def ask() -> float:
        asked.append(here.now_s)
        return EPOCH_S

    assert read_clock(ask) == Clock(EPOCH_S - here.now_s, 0.0, here.now_s)
    assert len(asked) == ATTEMPTS


def test_a_nodes_shell_is_asked_in_one_dialog(
    here: FakeClock, shell: FakeShell, plan: Plan
) -> None:
    shell.answer("^read -r boot .*\noutput=all well\n", f"b1 {EPOCH_S + 7} all well\n")
    clock = Clock(EPOCH_S + 7 - here.now_s, 0.0, here.now_s)
    found = measure(shell, plan.nodes["alpha"], first="output=all well")
    assert found == Measured("b1", clock, "all well")
    assert len(shell.asked) == ATTEMPTS
    assert len(set(shell.asked)) == 1


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("answer", ["", "b1\n", "bash: EPOCHREALTIME: unbound variable\n"])
def test_a_node_that_does_not_tell_its_time_is_out_of_reach(
    shell: FakeShell, plan: Plan, answer: str
) -> None:
    shell.answer("while read", answer)
    with pytest.raises(Unreachable, match=r"^alpha: did not report its time$"):
        measure(shell, plan.nodes["alpha"])


def test_a_nodes_moment_is_known_by_this_machines_clock() -> None:
    assert Clock(EPOCH_S, 0.1, 5.0).monotonic(EPOCH_S + 12.5) == 12.5


def test_a_reading_on_record_gives_the_clock_that_was_measured() -> None:
    clock = Clock(EPOCH_S, 0.1, 5.0)
    reading = clock.reading(Life("alpha", "b1"), "journals")
    assert (reading.node, reading.boot, reading.reader) == ("alpha", "b1", "journals")
    assert clock_of(reading) == clock


HALTS = (Stretch(100.0, 110.0), Stretch(200.0, 203.0))
"""A clock that shows `t` at `t` shows 190 at 200, and 197 at 210."""


@pytest.mark.parametrize(
    "clock",
    [
        Clock(0.0, 0.1, measured_s=50.0),
        Clock(-10.0, 0.1, measured_s=150.0),
        Clock(-13.0, 0.1, measured_s=250.0),
    ],
    ids=["before", "between", "after"],
)
@pytest.mark.parametrize(
    ("epoch_s", "moment_s"),
    [(40, 40), (99, 99), (100, 100), (101, 111), (190, 200), (191, 204), (240, 253)],
)
def test_a_clock_that_stood_still_is_understood_whenever_it_was_measured(
    clock: Clock, epoch_s: float, moment_s: float
) -> None:
    assert clock.monotonic(epoch_s, HALTS) == pytest.approx(moment_s)


def test_a_node_halts_from_its_suspension_to_its_resumption_or_the_end_of_its_power() -> None:
    timeline = Timeline()
    assert halts_of(timeline, "alpha") == ()
    for at_s, node, change in [
        (1, "alpha", "resumed"),
        (2, "alpha", "suspended"),
        (3, "bravo", "suspended"),
        (4, "bravo", "resumed"),
        (5, "alpha", "resumed"),
        (6, "alpha", "suspended"),
        (6.5, "alpha", "defined"),
        (7, "alpha", "suspended"),
        (8, "alpha", "stopped"),
        (9, "alpha", "started"),
    ]:
        timeline.note(power(at_s, node, change))
    assert halts_of(timeline, "alpha") == ((2, 5), (6, 8))
    assert halts_of(timeline, "bravo") == ((3, 4),)
    assert halts_of(timeline, "arbiter") == ()


def test_a_halt_that_has_not_ended_lasts_until_now(here: FakeClock) -> None:
    timeline = Timeline()
    timeline.note(power(900, "alpha", "suspended"))
    assert halts_of(timeline, "alpha") == ((900, here.now_s),)
    sent_before_s = Clock(0.0, 0.1, 50.0).monotonic(899, halts_of(timeline, "alpha"))
    assert sent_before_s == 899
