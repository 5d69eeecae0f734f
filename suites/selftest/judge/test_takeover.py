"""I3: no takeover before the fencing, and no false confirmation of one."""

from collections.abc import Sequence

import pytest

from harness.judge.invariants.fencing import fencing_is_true, nothing_before_fencing
from harness.record.events import Event
from suites.selftest.judge.fencings import ANEW, BACK, CUT, HOME
from suites.selftest.node_events import clock, fenced, node_sample, node_samples, power, role
from suites.selftest.records import record


def taken(promoted_s: float, started_s: float) -> Sequence[Event]:
    """bravo takes web over."""
    return [
        role(promoted_s, "bravo", "Primary"),
        *node_samples(started_s + 0.5, started_s + 5, "bravo", runs="web", born_s=started_s),
    ]


def early(*events: Event | Sequence[Event]) -> list[str]:
    return list(nothing_before_fencing(record(*events)))


def false(*events: Event | Sequence[Event]) -> list[str]:
    return list(fencing_is_true(record(*events)))


def test_a_takeover_after_the_confirmation_is_clean() -> None:
    assert early(HOME, CUT, fenced(110.4, "alpha"), taken(111, 112), BACK, ANEW) == []


@pytest.mark.parametrize(
    ("confirmed", "why"),
    [
        ([], "was never confirmed"),
        ([fenced(110.9, "alpha")], "was confirmed at 110.9 s"),
        ([fenced(108, "bravo", on="arbiter")], "was never confirmed"),
        ([fenced(80, "alpha")], "was never confirmed"),
    ],
    ids=["never", "too late", "of another", "of an earlier life"],
)
def test_what_a_lost_node_held_is_not_taken_over_before_its_fencing_is_confirmed(
    confirmed: Sequence[Event], why: str
) -> None:
    assert early(HOME, CUT, confirmed, taken(109.9, 110.3)) == [
        f"web was promoted on bravo at 109.9 s, the fencing of alpha {why}",
        f"web was started on bravo at 110.3 s, the fencing of alpha {why}",
    ]


def test_a_takeover_before_the_node_has_lost_its_power_is_too_early() -> None:
    """The node was cut off; it is fenced 0.9 s after bravo promoted."""
    alive = node_samples(90, 110, "alpha", runs="web")
    shot = [power(110.85, "alpha"), fenced(110.9, "alpha")]
    found = early(alive, node_samples(90, 108, "bravo"), taken(109.95, 110.3), shot)
    assert [text.partition(" at ")[0] for text in found] == [
        "web was promoted on bravo",
        "web was started on bravo",
    ]


@pytest.mark.parametrize(("uncertainty_s", "count"), [(0.04, 1), (0.06, 0)])
def test_the_tolerance_is_the_uncertainty_of_both_clocks(uncertainty_s: float, count: int) -> None:
    clocks = [clock(90, node, uncertainty_s) for node in ("bravo", "arbiter")]
    confirmed = fenced(110.1, "alpha", on="arbiter")
    assert len(early(clocks, HOME, CUT, confirmed, role(110, "bravo", "Primary"))) == count


def test_a_guest_that_was_handed_over_needs_no_fencing() -> None:
    stopped = [
        *node_samples(101, 105, "alpha"),
        role(100.5, "alpha", "Secondary"),
        power(106, "alpha"),
    ]
    assert early(HOME, stopped, taken(107, 107.5)) == []


def test_a_node_that_fell_silent_as_it_held_a_guest_must_be_fenced() -> None:
    assert len(early(HOME, taken(110, 111))) == 2
    assert early(HOME, fenced(109, "alpha"), taken(110, 111)) == []


def test_a_node_that_fell_silent_after_it_let_go_needs_no_fencing() -> None:
    for gone in (node_sample(101, "alpha"), role(101, "alpha", "Secondary")):
        last = node_sample(
            100.5, "alpha", runs="" if gone.kind == "drbd_change" else "web", primary="web"
        )
        assert early(HOME, last, gone, taken(110, 111)) == []


def test_a_change_of_anything_else_in_drbd_lets_nothing_go() -> None:
    other = role(101, "alpha", "Secondary", guest="shop")
    link = role(101, "alpha", "Secondary").model_copy(update={"what": "connection"})
    assert len(early(HOME, other, link, taken(110, 111))) == 2


def test_a_node_that_has_booted_anew_holds_nothing_any_more() -> None:
    assert early(HOME, CUT, BACK, ANEW, taken(210, 211)) == []


def test_a_taker_that_has_booted_anew_itself_still_needs_the_fencing() -> None:
    anew = [*node_samples(105, 108, "bravo", boot="2"), role(109, "bravo", "Primary", boot="2")]
    assert len(early(node_samples(90, 100, "alpha", runs="web"), CUT, anew)) == 1


def test_a_takeover_that_the_clocks_put_just_before_the_loss_of_power_is_too_early() -> None:
    clocks = [clock(90, node, 0.05) for node in ("alpha", "bravo")]
    assert len(early(clocks, HOME, CUT, role(100.15, "bravo", "Primary"))) == 1


def test_what_begins_first_takes_nothing_from_what_comes_later() -> None:
    later = [*node_samples(95, 99, "alpha", runs="web", born_s=94.5), power(99.2, "alpha")]
    assert early(node_samples(80, 90, "bravo", runs="web"), node_sample(91, "bravo"), later) == []


def test_one_life_that_is_taken_over_twice_on_a_node_is_one_report() -> None:
    again = [
        node_sample(118, "bravo"),
        node_sample(119, "bravo", runs="web", born_s=118.5, pids=[9]),
    ]
    found = early(HOME, CUT, taken(109, 110), again)
    assert [text[:15] for text in found] == ["web was promote", "web was started"]


@pytest.mark.parametrize(
    "change",
    [[], [power(9.1, "alpha")], [power(1, "bravo")], [power(1, "alpha", "started")]],
    ids=["never", "too late", "of another", "switched on"],
)
def test_a_node_that_has_power_was_not_fenced(change: Sequence[Event]) -> None:
    confirmed = [fenced(8, "alpha"), fenced(8, "alpha", on="arbiter")]
    assert false(change, confirmed) == [
        "the fencing of alpha was confirmed at 8.0 s in the journal of bravo, it had power"
    ]


def test_a_node_that_loses_its_power_as_its_fencing_is_confirmed_was_fenced() -> None:
    assert len(false(fenced(8, "alpha"), power(8.05, "alpha"))) == 1
    assert false(clock(0, "bravo", 0.1), fenced(8, "alpha"), power(8.05, "alpha")) == []


def test_a_second_fencing_needs_a_second_loss() -> None:
    once = [
        power(7, "alpha"),
        fenced(8, "alpha"),
        fenced(9, "alpha"),
        power(9.5, "alpha", "started"),
    ]
    assert false(once) == []
    assert len(false(once, fenced(60, "alpha"))) == 1
    assert false(once, power(59, "alpha"), fenced(60, "alpha")) == []


def test_a_node_that_stayed_without_power_may_be_fenced_again() -> None:
    assert false(power(7, "alpha"), fenced(8, "alpha"), fenced(60, "alpha")) == []
