"""A rate that is too low makes a test invalid."""

import pytest

from harness.judge.coverage import holes
from harness.record.events import Event, HttpHeld, Watching
from suites.selftest.client_events import sample
from suites.selftest.judge.covered_record import OBSERVATIONS, http, observed_between, without
from suites.selftest.records import record

NINE = (0.0, 1 / 16, *(n / 8 for n in range(1, 8)))
"""Moments of nine questions in one second."""


def asking(until_s: int, *but: float) -> list[Event]:
    """All that was watched; web is asked nine times a second, but not at some moments."""
    moments = [second + part for second in range(until_s) for part in NINE]
    questions = [sample(at_s) for at_s in [*moments, float(until_s)] if at_s not in but]
    return [*(e for e in OBSERVATIONS if not http("web")(e)), *questions]


def test_nine_tenths_of_the_rate_that_was_promised_are_enough() -> None:
    assert list(holes(record(asking(40)))) == []


@pytest.mark.parametrize("missed_s", [0.0, 7.5, 22.5, 39.5])
def test_one_question_less_in_any_ten_seconds_is_too_few(missed_s: float) -> None:
    assert list(holes(record(asking(40, missed_s)))) == [
        "http_probe asked web 8.9 times a second, 10 are needed"
    ]


def test_the_lowest_rate_is_named_of_stretches_that_begin_every_five_seconds() -> None:
    """The slow ten seconds from 5 to 15: from 0 and from 10 on only half of them are slow."""
    slow = [s + part for s in range(5, 15) for part in NINE[:4]]
    assert list(holes(observed_between(asking(22, *slow), until_s=22))) == [
        "http_probe asked web 5.0 times a second, 10 are needed"
    ]


def test_the_last_ten_seconds_count_wherever_they_begin() -> None:
    """From 12 to 22 s; the stretch before begins at 10, and has one question more."""
    slow = [s + 0.5 for s in range(20, 22)]
    assert list(holes(observed_between(asking(22, *slow), until_s=22))) == [
        "http_probe asked web 8.8 times a second, 10 are needed"
    ]


def test_questions_before_settled_and_after_the_end_are_not_counted() -> None:
    slow = [s + 0.5 for s in (*range(10), *range(30, 40))]
    assert list(holes(observed_between(asking(40, *slow), settled_s=10, until_s=30))) == []


def test_a_record_of_less_than_ten_seconds_has_a_rate_too() -> None:
    assert list(holes(observed_between(asking(4), until_s=4))) == []
    assert list(holes(observed_between(asking(4, 1.5), until_s=4))) == [
        "http_probe asked web 8.8 times a second, 10 are needed"
    ]


def test_a_short_record_begins_with_settled() -> None:
    late = observed_between(asking(40, 32.5), settled_s=30, until_s=34)
    assert list(holes(late)) == ["http_probe asked web 8.8 times a second, 10 are needed"]


def test_a_record_no_longer_than_a_hole_may_be_has_no_rate() -> None:
    few = [sample(0), *(e for e in OBSERVATIONS if not http("web")(e))]
    assert list(holes(observed_between(few, until_s=1))) == []
    assert list(holes(observed_between(few, until_s=0))) == []
    assert list(holes(observed_between([*few, sample(1)], until_s=1.25))) == [
        "http_probe asked web 1.6 times a second, 10 are needed"
    ]


def test_the_rate_of_echoes_is_held_to_their_own_promise() -> None:
    tight = Watching(longest_hole_s=1, least_hz=20)
    assert list(holes(observed_between(OBSERVATIONS, icmp_probe=tight))) == [
        f"icmp_probe asked {guest} 16.0 times a second, 20 are needed" for guest in ("web", "shop")
    ]


def test_both_a_hole_and_a_rate_are_named() -> None:
    events = without(http("web"), 5, 35)
    assert list(holes(record(events))) == [
        "http_probe saw nothing of web from 5.0 to 35.0 s, the limit is 1 s",
        "http_probe asked web 0.0 times a second, 10 are needed",
    ]


def test_a_request_that_was_held_back_counts_for_the_rate_alone() -> None:
    """Each second has four requests, and six moments at which too many were open."""
    asked = [sample(tick / 10) for tick in range(401) if tick % 5 in (0, 2)]
    others = [e for e in OBSERVATIONS if not http("web")(e)]
    held = [HttpHeld(at_s=tick / 10, guest="web") for tick in range(401) if tick % 5 in (1, 3, 4)]
    assert list(holes(record([*asked, *held, *others]))) == []
    assert list(holes(record([*asked, *others]))) == [
        "http_probe asked web 4.0 times a second, 10 are needed"
    ]
    of_shop = [event.model_copy(update={"guest": "shop"}) for event in held]
    assert list(holes(record([*asked, *of_shop, *others]))) == [
        "http_probe asked web 4.0 times a second, 10 are needed"
    ]
    unasked = list(holes(record([*(e for e in asked if not 5 < e.at_s < 7), *held, *others])))
    assert unasked[0] == ("http_probe saw nothing of web from 5.0 to 7.0 s, the limit is 1 s")
