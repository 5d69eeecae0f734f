"""The readings of one clock agree, but for its uncertainty and its suspensions."""

from collections.abc import Callable

import pytest

from harness.record.events import ClockReading, Event
from suites.selftest.judge.reliable_record import reasons, reasons_replacing
from suites.selftest.node_events import clock, journal, node_sample, power


def of_clock(node: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, ClockReading) and event.node == node


def any_clock(event: Event) -> bool:
    return isinstance(event, ClockReading)


def readings(*offsets_s: float, unsure_s: float = 0.125) -> list[Event]:
    """Alpha's clock, read every ten seconds."""
    return [
        clock(10 * number, "alpha", unsure_s, offset_s=offset_s)
        for number, offset_s in enumerate(offsets_s)
    ]


@pytest.mark.parametrize("drift_s", [0.5, -0.5])
def test_readings_of_one_clock_may_differ_by_their_uncertainty_and_some_drift(
    drift_s: float,
) -> None:
    assert reasons_replacing(of_clock("alpha"), *readings(100, 100 + drift_s)) == []


@pytest.mark.parametrize("stepped_s", [0.5625, -0.5625])
def test_a_clock_that_differs_by_more_was_stepped(stepped_s: float) -> None:
    assert reasons_replacing(of_clock("alpha"), *readings(100, 100 + stepped_s)) == [
        "the clock of alpha was stepped by 0.6 s in the test"
    ]


def test_the_least_certain_reading_tells_how_far_readings_may_differ() -> None:
    unsure = [*readings(100), clock(10, "alpha", 1, offset_s=102.25)]
    assert reasons_replacing(of_clock("alpha"), *unsure) == []
    assert reasons_replacing(of_clock("alpha"), *unsure, clock(20, "alpha", 0, offset_s=99.75)) == [
        "the clock of alpha was stepped by 2.5 s in the test"
    ]


def test_any_two_readings_are_compared() -> None:
    """A clock that is stepped there and back, as one that drifts by ever so little."""
    assert reasons_replacing(of_clock("alpha"), *readings(100, 190, 100)) == [
        "the clock of alpha was stepped by 90.0 s in the test"
    ]
    assert reasons_replacing(of_clock("alpha"), *readings(100, 100.4, 100.8)) == [
        "the clock of alpha was stepped by 0.8 s in the test"
    ]


def test_a_clock_that_was_read_once_cannot_differ() -> None:
    assert reasons_replacing(of_clock("alpha"), *readings(100)) == []


def test_each_boot_has_a_clock_of_its_own() -> None:
    assert reasons(clock(50, "alpha", 0, boot="2", offset_s=90)) == []


def test_a_boot_whose_clock_was_not_read_is_named() -> None:
    seen = [
        node_sample(50, "alpha", boot="unread-boot"),
        journal("alpha", 40, 100, boot="unread-boot"),
    ]
    assert reasons(seen) == ["the clock of alpha, boot unread-b, was not read"]
    two = [node_sample(50, "bravo", boot=boot) for boot in "cb"]
    assert [r for r in reasons(two) if "clock" in r] == [
        f"the clock of bravo, boot {boot}, was not read" for boot in "bc"
    ]


HALT = [power(10, "alpha", "suspended"), power(20, "alpha", "resumed")]


def test_the_clock_of_a_suspended_node_stands_still() -> None:
    """Its offset shrinks by that time; a clock that did not stand still was stepped."""
    stilled = [clock(10, "alpha", 0, offset_s=100), clock(20, "alpha", 0, offset_s=90)]
    assert reasons_replacing(of_clock("alpha"), *HALT, *stilled) == []
    went_on = [clock(10, "alpha", 0, offset_s=100), clock(20, "alpha", 0, offset_s=100)]
    assert reasons_replacing(of_clock("alpha"), *HALT, *went_on) == [
        "the clock of alpha was stepped by 10.0 s in the test"
    ]


def test_each_suspension_between_two_readings_stills_the_clock() -> None:
    again = [power(30, "alpha", "suspended"), power(35, "alpha", "resumed")]
    stilled = [clock(5, "alpha", 0, offset_s=100), clock(40, "alpha", 0, offset_s=85)]
    assert reasons_replacing(of_clock("alpha"), *HALT, *again, *stilled) == []


@pytest.mark.parametrize(("one_s", "other_s"), [(0, 5), (11, 30), (25, 30), (5, 19)])
def test_a_suspension_before_or_after_both_readings_stills_nothing(
    one_s: float, other_s: float
) -> None:
    shrunk = [clock(one_s, "alpha", 0, offset_s=100), clock(other_s, "alpha", 0, offset_s=90)]
    assert reasons_replacing(of_clock("alpha"), *HALT, *shrunk) == [
        "the clock of alpha was stepped by 10.0 s in the test"
    ]


def test_the_suspension_of_one_node_stills_no_others_clock() -> None:
    shrunk = [clock(0, "bravo", 0, offset_s=100), clock(30, "bravo", 0, offset_s=90)]
    assert reasons_replacing(any_clock, *HALT, *shrunk) == [
        "the clock of bravo was stepped by 10.0 s in the test"
    ]
