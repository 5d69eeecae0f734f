"""Two copies for 0.3 s, as agents see them."""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from harness.record.events import NodeSample
from harness.record.spans import running, surely_overlap
from suites.selftest.node_events import clock, node_sample
from suites.selftest.records import record

PERIOD_S, OFF_S, COPIES_S = 0.25, 0.02, 0.3
BEGIN_S, END_S = 100.0, 103.0
PHASES = range(100)


def agent(
    node: str, born_s: float, ended_s: float, *, phase_s: float, error_s: float
) -> Iterator[NodeSample]:
    """Looks of an agent at a guest's process: one in each period, counted from the look before,
    and one at once when the process ends; all by a clock that is so much ahead."""
    at_s = BEGIN_S - PERIOD_S + phase_s
    while at_s < END_S:
        alive = born_s <= at_s < ended_s
        runs = {"runs": "web", "born_s": born_s + error_s} if alive else {}
        yield node_sample(at_s + error_s, node, **runs)  # type: ignore[arg-type]  # either or neither
        at_s = ended_s if alive and ended_s < at_s + PERIOD_S else at_s + PERIOD_S


def test_an_agent_looks_as_it_is_thought_to() -> None:
    seen = list(agent("alpha", 101.1, 101.4, phase_s=0.25, error_s=0.0))
    assert [e.at_s for e in seen if e.runs] == [101.25]
    assert 101.4 in [e.at_s for e in seen]
    assert max(b.at_s - a.at_s for a, b in pairwise(seen)) <= PERIOD_S


def found(
    old: tuple[float, float],
    new: tuple[float, float],
    phases_s: tuple[float, float],
    error_s: float,
) -> bool:
    """Do two copies, on alpha and on bravo, surely run at one time, by what both agents see?"""
    seen = record(
        clock(99, "alpha", OFF_S),
        clock(99, "bravo", OFF_S),
        agent("alpha", *old, phase_s=phases_s[0], error_s=error_s),
        agent("bravo", *new, phase_s=phases_s[1], error_s=-error_s),
    )
    one, other = running(seen, "web")
    return surely_overlap(one, other, one.uncertainty_s + other.uncertainty_s) is not None


@pytest.mark.parametrize("error_s", [-OFF_S, 0.0, OFF_S])
@pytest.mark.parametrize("first", ["old", "new"])
def test_two_copies_for_a_third_of_a_second_are_seen_whenever_the_agents_look(
    first: str, error_s: float
) -> None:
    chance = random.Random(7)
    seen = 0
    for phase in PHASES:
        phases_s = (phase / 100 * PERIOD_S, chance.random() * PERIOD_S)
        born_s = 101.1
        copies_end_s = born_s + COPIES_S
        ends = (copies_end_s, 102.6) if first == "old" else (102.6, copies_end_s)
        seen += found((90.0, ends[0]), (born_s, ends[1]), phases_s, error_s)
    assert seen >= 95


@pytest.mark.parametrize("error_s", [-OFF_S, 0.0, OFF_S])
def test_a_copy_that_begins_when_the_other_has_ended_is_no_second_one(error_s: float) -> None:
    """Neither the looks nor an error of the clocks makes a handover look like two copies."""
    chance = random.Random(8)
    for phase in PHASES:
        phases_s = (phase / 100 * PERIOD_S, chance.random() * PERIOD_S)
        assert not found((90.0, 101.1), (101.101, 102.6), phases_s, error_s)
