"""Stretches without power, and those in which the hypervisor had suspended a node."""

import pytest

from harness.record.power import Stretch, off, suspended
from suites.selftest.node_events import power, power_state
from suites.selftest.records import record

LATE = power_state(20, "arbiter")
"""Gives a record its end, at 20 s."""


def test_a_stretch_is_as_long_as_from_its_beginning_to_its_end() -> None:
    assert Stretch(3, 10).length_s == 7


def test_a_node_that_is_stopped_has_no_power_until_it_is_started() -> None:
    changes = [power(5, "alpha"), power(9, "alpha", "started")]
    again = [power(12, "alpha", "crashed"), power(13, "alpha", "started")]
    assert off(record(changes, LATE), "alpha") == [Stretch(5, 9)]
    assert off(record(changes, again, LATE), "alpha") == [Stretch(5, 9), Stretch(12, 13)]


def test_a_node_that_is_never_started_again_has_no_power_to_the_end() -> None:
    assert off(record(power(5, "alpha"), LATE), "alpha") == [Stretch(5, 20)]


def test_a_node_that_is_reported_stopped_twice_lost_its_power_the_first_time() -> None:
    changes = [power(5, "alpha"), power(6, "alpha"), power(9, "alpha", "started")]
    assert off(record(changes, LATE), "alpha") == [Stretch(5, 9)]


@pytest.mark.parametrize("change", ["started", "suspended", "resumed", "defined", "shut down"])
def test_no_other_change_takes_power(change: str) -> None:
    assert off(record(power(5, "alpha", change), LATE), "alpha") == []


def test_only_a_start_gives_power_back() -> None:
    changes = [power(at_s, "alpha", c) for at_s, c in ((5, "stopped"), (6, "defined"))]
    assert off(record(changes, LATE), "alpha") == [Stretch(5, 20)]


def test_what_another_node_went_through_does_not_count() -> None:
    """Neither its changes nor its state."""
    other = record(power_state(1, "bravo", on=False), power(5, "bravo"), LATE)
    assert off(other, "alpha") == []
    woken = record(power(5, "alpha"), power(6, "bravo", "started"), LATE)
    assert off(woken, "alpha") == [Stretch(5, 20)]


def test_a_node_without_power_when_first_asked_has_none_until_it_is_started() -> None:
    dark = power_state(1, "alpha", on=False)
    assert off(record(dark, LATE), "alpha") == [Stretch(1, 20)]
    assert off(record(dark, power(9, "alpha", "started"), LATE), "alpha") == [Stretch(1, 9)]


def test_only_the_first_answer_is_where_the_changes_begin() -> None:
    answers = [power_state(1, "alpha"), power_state(9, "alpha", on=False)]
    assert off(record(answers, LATE), "alpha") == []
    reverse = [power_state(1, "alpha", on=False), power_state(9, "alpha")]
    assert off(record(reverse, LATE), "alpha") == [Stretch(1, 20)]


@pytest.mark.parametrize("change", ["resumed", "started", "stopped", "crashed"])
def test_a_suspended_node_stands_still_until_it_is_resumed_or_loses_its_power(change: str) -> None:
    changes = [power(5, "alpha", "suspended"), power(9, "alpha", change)]
    assert suspended(record(changes, LATE), "alpha") == [Stretch(5, 9)]


def test_a_change_of_its_definition_resumes_no_node() -> None:
    """As a cable that is pulled meanwhile."""
    changes = [
        *(power(5, "alpha", "suspended"), power(6, "alpha", "defined")),
        power(9, "alpha", "resumed"),
    ]
    assert suspended(record(changes, LATE), "alpha") == [Stretch(5, 9)]


def test_a_node_that_is_reported_suspended_twice_stands_still_from_the_first_time_on() -> None:
    changes = [power(at_s, "alpha", "suspended") for at_s in (5, 6)]
    assert suspended(record(changes, power(9, "alpha", "resumed"), LATE), "alpha") == [
        Stretch(5, 9)
    ]


def test_a_node_may_be_suspended_more_than_once_and_to_the_end() -> None:
    once = [power(5, "alpha", "suspended"), power(9, "alpha", "resumed")]
    ended = [power(12, "alpha", "suspended")]
    assert suspended(record(once, ended, LATE), "alpha") == [Stretch(5, 9), Stretch(12, 20)]


def test_nothing_suspends_a_node_but_its_own_suspension() -> None:
    others = [
        *(power(5, "bravo", "suspended"), power(6, "alpha"), power(7, "alpha", "started")),
        power(8, "alpha", "resumed"),
    ]
    assert suspended(record(others, LATE), "alpha") == []
    woken = [power(5, "alpha", "suspended"), power(6, "bravo", "resumed")]
    assert suspended(record(woken, LATE), "alpha") == [Stretch(5, 20)]
