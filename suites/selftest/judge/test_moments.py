"""Moments in which a line is noise: each bound, and what a clock's uncertainty adds to it."""

from collections.abc import Callable, Sequence

import pytest

from harness.judge.invariants.error_lines import ErrorLine
from harness.judge.invariants.moments import (
    AFTER_BOOT_S,
    AFTER_CHANGE_S,
    AFTER_LIFT_S,
    AFTER_START_S,
    after_change,
    at_boot,
    at_guest_start,
    either,
    in_fault,
    in_place,
)
from harness.record.events import Event
from harness.record.timeline import Record
from suites.selftest.node_events import line, members, node_sample, power
from suites.selftest.records import fault, record, step

Moment = Callable[[Record, ErrorLine], bool]
EVENTS: dict[Moment, Sequence[Event]] = {
    in_place: [fault(100, "alpha"), step(150, "lifted")],
    in_fault: [fault(100, "alpha"), step(150, "lifted")],
    at_guest_start: [node_sample(140, "bravo", runs="web", born_s=100)],
    after_change: [power(100, "alpha")],
}
BOUNDS: list[tuple[Moment, float, float]] = [
    (in_place, 100, 150),
    (in_fault, 100, 150 + AFTER_LIFT_S),
    (at_guest_start, 100, 100 + AFTER_START_S),
    (after_change, 100, 100 + AFTER_CHANGE_S),
]


def error_line(at_s: float, *, uncertainty_s: float = 0.0, boot: str = "1") -> ErrorLine:
    return ErrorLine(at_s, "bravo", boot, "kernel", "oh", "kernel: oh", uncertainty_s)


def name_of(value: object) -> str:
    return getattr(value, "__name__", "")


@pytest.mark.parametrize(("moment", "first_s", "last_s"), BOUNDS, ids=name_of)
def test_a_moment_begins_and_ends_with_its_bounds(
    moment: Moment, first_s: float, last_s: float
) -> None:
    events = record(EVENTS[moment])
    assert moment(events, error_line(first_s))
    assert moment(events, error_line(last_s))
    assert not moment(events, error_line(first_s - 0.25))
    assert not moment(events, error_line(last_s + 0.25))


@pytest.mark.parametrize(("moment", "first_s", "last_s"), BOUNDS, ids=name_of)
def test_a_line_may_belong_to_a_moment_by_the_uncertainty_of_its_clock(
    moment: Moment, first_s: float, last_s: float
) -> None:
    events = record(EVENTS[moment])
    assert moment(events, error_line(first_s - 0.5, uncertainty_s=0.5))
    assert moment(events, error_line(last_s - 0.5, uncertainty_s=0.5))
    assert not moment(events, error_line(first_s - 0.75, uncertainty_s=0.5))


@pytest.mark.parametrize("moment", [in_place, in_fault])
def test_the_end_of_a_fault_may_be_later_by_the_uncertainty_of_a_clock(moment: Moment) -> None:
    events = record(EVENTS[moment])
    end_s = next(last_s for other, _, last_s in BOUNDS if other is moment)
    assert moment(events, error_line(end_s + 0.5, uncertainty_s=0.5))
    assert not moment(events, error_line(end_s + 0.75, uncertainty_s=0.5))


@pytest.mark.parametrize("moment", [in_place, in_fault])
def test_a_fault_that_was_not_lifted_or_came_after_its_lift_lasts_to_the_end(
    moment: Moment,
) -> None:
    assert moment(record(fault(0, "alpha")), error_line(999))
    again = [fault(100, "alpha"), step(150, "lifted"), fault(200, "alpha")]
    assert moment(record(again), error_line(999))
    assert not moment(record(), error_line(1))


def test_a_fault_that_is_lifted_in_the_same_moment_is_over() -> None:
    assert not in_place(record(fault(100, "alpha"), step(100, "lifted")), error_line(101))


def test_only_the_last_lift_ends_the_noise() -> None:
    both = [fault(1, "alpha"), fault(2, "bravo", name="second")]
    lifts = [step(10, "lifted"), step(20, "lifted", name="second"), step(30, "gone")]
    assert in_place(record(both, lifts), error_line(20))
    assert not in_place(record(both, lifts), error_line(21))


def test_a_boot_is_over_sixty_seconds_after_the_first_sign_of_that_life() -> None:
    before = line(1, "bravo", "kernel", "hello")
    booted = record(before, line(70, "bravo", "kernel", "Linux version 6.1", boot="2"))
    assert at_boot(booted, error_line(70 + AFTER_BOOT_S, boot="2"))
    assert not at_boot(booted, error_line(70.25 + AFTER_BOOT_S, boot="2"))
    assert not at_boot(booted, error_line(70, boot="3"))


def test_each_change_of_power_or_of_the_membership_excuses_what_follows() -> None:
    changes = record(power(100, "alpha"), members(200, "arbiter"))
    assert [after_change(changes, error_line(at_s)) for at_s in (99, 150, 180, 200, 261)] == [
        *(False, True, False, True, False)
    ]


def test_either_of_several_moments_is_enough() -> None:
    events = record(fault(100, "alpha"), step(150, "lifted"), power(120, "alpha"))
    moment = either(in_place, after_change)
    assert [moment(events, error_line(at_s)) for at_s in (99, 110, 170, 181)] == [
        *(False, True, True, False)
    ]
