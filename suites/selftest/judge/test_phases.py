"""A failover is split at what was seen of it, each moment as sure as looks and clocks allow."""

from datetime import timedelta

import pytest

from harness.judge.measures.phases import Moment, Phase
from suites.selftest.judge.failover_phases import FAILOVER, journal_clock, measured
from suites.selftest.node_events import node_sample, role


def test_a_failover_has_five_phases_each_as_sure_as_looks_and_clocks_allow() -> None:
    assert measured(FAILOVER) == [
        ("fault", "membership", 3.0, 0.2, True),
        ("membership", "fenced", 4.0, 0.5, True),
        ("fenced", "promoted", 1.0, 1.4, False),
        ("promoted", "started", 2.5, 1.2, True),
        ("started", "answer", 9.5, 1.1, True),
    ]


def test_a_promotion_is_as_sure_as_the_clock_when_drbd_reports_it() -> None:
    others = [role(17.2, "bravo", "Secondary"), role(17.3, "bravo", "Primary", guest="shop")]
    found = measured([*FAILOVER, *others, role(17.5, "bravo", "Primary")])
    assert found[2:4] == [
        ("fenced", "promoted", 0.5, 0.4, True),
        ("promoted", "started", 3.0, 0.2, True),
    ]


def test_only_drbds_word_on_the_replica_itself_makes_a_promotion_surer() -> None:
    word = role(18, "bravo", "Primary")
    peers = word.model_copy(update={"what": "connection"})
    assert measured([*FAILOVER, peers]) == measured(FAILOVER)
    assert measured([*FAILOVER, word])[2] == ("fenced", "promoted", 1.0, 0.4, True)


def test_looks_at_another_node_make_a_promotion_no_surer() -> None:
    assert measured([*FAILOVER, node_sample(17.5, "alpha", boot="2")]) == measured(FAILOVER)


def test_a_promotion_that_an_agent_finds_at_its_start_is_as_sure_as_its_looks() -> None:
    found = measured([*FAILOVER, role(17.5, "bravo", "Primary", change="exists")])
    assert found[2] == ("fenced", "promoted", 0.5, 0.9, False)


def test_a_phase_is_as_sure_as_both_its_moments() -> None:
    begin, end = Moment("fenced", 9.8, 10.0, 10.3), Moment("promoted", 12.0, 13.0, 13.4)
    assert Phase(begin, end).length == timedelta(seconds=3)
    assert Phase(begin, end).uncertainty.total_seconds() == pytest.approx(1.3)
    assert Phase(end, begin).uncertainty.total_seconds() == pytest.approx(1.3)


@pytest.mark.parametrize(
    ("earliest_s", "distinct"), [(12.0, True), (10.1, True), (10.0, False)], ids=str
)
def test_two_moments_are_distinct_when_the_later_one_surely_came_later(
    earliest_s: float, distinct: bool
) -> None:
    begin = Moment("fault", 9.9, 10.0, 10.1)
    assert Phase(begin, Moment("fenced", earliest_s, 13.0, 13.0)).distinct is distinct


def test_a_phase_is_stored_in_milliseconds() -> None:
    phase = Phase(Moment("fault", 10, 10, 10), Moment("fenced", 12.0004, 12.5004, 12.5004))
    assert phase.plain() == {
        "phase": "fault → fenced",
        "length_s": 2.5,
        "uncertainty_s": 0.5,
        "distinct": True,
    }


def test_each_life_of_a_node_has_its_own_clock() -> None:
    other = journal_clock("bravo", 0.05, boot="2")
    assert measured([*FAILOVER, other])[0] == ("fault", "membership", 3.0, 0.2, True)
