"""I3 at its bounds: what a confirmation allows or proves, and which boot lets go."""

from collections.abc import Sequence

import pytest

from harness.judge.invariants.fencing import fencing_is_true, nothing_before_fencing
from harness.record.events import Event
from suites.selftest.node_events import clock, fenced, node_sample, node_samples, power, role
from suites.selftest.records import cut, record

HOME = [*node_samples(90, 100, "alpha", runs="web"), *node_samples(90, 108, "bravo")]
CUT = [cut(100, "alpha"), power(100.25, "alpha")]
ANEW = node_samples(196, 200, "alpha", boot="2")


def early(*events: Event | Sequence[Event]) -> int:
    return len(list(nothing_before_fencing(record(*events))))


def promoted(at_s: float) -> Event:
    return role(at_s, "bravo", "Primary")


@pytest.mark.parametrize(("at_s", "count"), [(195.5, 1), (196, 0), (196.5, 0)])
def test_a_node_has_let_go_from_the_first_sign_of_its_next_life_on(at_s: float, count: int) -> None:
    assert early(HOME, CUT, ANEW, promoted(at_s)) == count


def test_a_sign_of_another_life_before_the_last_one_of_its_holder_shows_no_boot() -> None:
    assert early(HOME, node_sample(100, "alpha", boot="0"), promoted(110)) == 1
    assert early(HOME, node_sample(100.5, "alpha", boot="0"), promoted(110)) == 0


def test_what_is_taken_in_the_moment_of_the_loss_of_power_is_too_early() -> None:
    assert early(HOME, CUT, promoted(100.25)) == 1


@pytest.mark.parametrize(("confirmed_s", "count"), [(90, 1), (90.25, 0), (110, 0), (110.25, 1)])
def test_a_confirmation_counts_after_the_first_sign_of_its_target_until_the_taking(
    confirmed_s: float, count: int
) -> None:
    assert early(HOME, CUT, fenced(confirmed_s, "alpha"), promoted(110)) == count


def test_a_confirmation_of_another_node_does_not_hide_the_next_one() -> None:
    other = fenced(105, "arbiter")
    assert early(HOME, CUT, other, fenced(106, "alpha"), promoted(110)) == 0


@pytest.mark.parametrize(("off_s", "count"), [(0.5, 0), (0.125, 1)])
def test_a_confirmation_is_as_sure_as_its_journals_clock(off_s: float, count: int) -> None:
    """Not as the clock of an agent on that node."""
    readings = [
        clock(90, "arbiter", 0.25 if off_s == 0.5 else 1.0),
        clock(90, "arbiter", off_s).model_copy(update={"reader": "journals"}),
    ]
    confirmed = fenced(110.5, "alpha", on="arbiter")
    assert early(readings, HOME, CUT, confirmed, promoted(110)) == count


BACK = "started"


@pytest.mark.parametrize(
    ("events", "count"),
    [
        ([power(8, "alpha")], 0),
        ([power(8, "alpha"), power(20, "alpha", BACK), fenced(60, "alpha")], 1),
        ([power(7, "alpha"), power(60, "alpha", BACK), fenced(60, "alpha")], 0),
    ],
    ids=["as it is confirmed", "of the confirmation before", "back as it is confirmed again"],
)
def test_one_moment_may_hold_a_loss_and_its_confirmation(
    events: Sequence[Event], count: int
) -> None:
    assert len(list(fencing_is_true(record(fenced(8, "alpha"), events)))) == count


def test_a_loss_counts_for_the_confirmation_that_its_journals_clock_allows_for() -> None:
    clocks = [
        clock(5, "bravo", 0.125),
        clock(5, "bravo", 0.5).model_copy(update={"reader": "journals"}),
    ]
    once = [*clocks, fenced(8, "alpha"), power(8.25, "alpha"), power(20, "alpha", BACK)]
    assert list(fencing_is_true(record(once))) == []
    assert len(list(fencing_is_true(record(once, fenced(60, "alpha"))))) == 1


def test_each_node_whose_fencing_is_not_true_is_named() -> None:
    assert len(list(fencing_is_true(record(fenced(8, "alpha"), fenced(8, "arbiter"))))) == 2


@pytest.mark.parametrize(("again_s", "count"), [(17.75, 0), (18, 1)])
def test_confirmations_ten_seconds_apart_are_of_two_fencings(again_s: float, count: int) -> None:
    once = [power(7, "alpha"), fenced(8, "alpha"), power(9, "alpha", BACK)]
    assert len(list(fencing_is_true(record(once, fenced(again_s, "alpha"))))) == count


SURVIVOR = node_samples(90, 108, "bravo")
TAKEN = promoted(110)


@pytest.mark.parametrize(
    ("events", "count"),
    [
        ([role(95, "alpha", "Primary"), node_sample(96, "alpha")], 0),
        ([role(0.5, "alpha", "Primary")], 1),
        ([*node_samples(90, 99, "alpha"), role(100, "alpha", "Primary")], 1),
        ([node_sample(100, "alpha", runs="", primary="web"), role(100, "alpha", "Secondary")], 0),
        ([*node_samples(90, 95, "alpha", runs="", primary="web")], 1),
    ],
    ids=["a look after", "DRBD alone", "DRBD last", "let go", "only primary"],
)
def test_the_last_sign_of_a_silent_life_tells_whether_it_holds_the_replica(
    events: Sequence[Event], count: int
) -> None:
    assert early(SURVIVOR, events, TAKEN) == count


def test_what_begins_on_two_nodes_at_once_is_taken_from_nobody() -> None:
    assert early(*(role(95, node, "Primary") for node in ("alpha", "bravo"))) == 0


def test_the_uncertainties_of_both_clocks_add_up() -> None:
    clocks = [clock(90, "alpha", 0.125), clock(90, "bravo", 0.5)]
    assert early(clocks, HOME, CUT, promoted(100.5)) == 1
