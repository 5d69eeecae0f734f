"""I3 and I6: a takeover before the fencing, a false confirmation, a node that nobody meant."""

from collections.abc import Sequence

import pytest

from harness.judge.invariants.fencing import fencing_is_true, nothing_before_fencing
from harness.judge.invariants.power import only_meant_nodes_lose_power
from harness.record.events import Event, NodeSurvey
from harness.record.status import Fencing, NodeStatus, Pacemaker
from suites.selftest.records import (
    clock,
    cut,
    fault,
    fenced,
    journal,
    line,
    look,
    looks,
    power,
    record,
    role,
    view,
)

HOME = [*looks(90, 100, "alpha", runs="web"), *looks(90, 108, "bravo")]
CUT = [cut(100, "alpha"), power(100.2, "alpha", "shut down"), power(100.2005, "alpha")]
BACK = power(161, "alpha", "started")
ANEW = looks(196, 200, "alpha", boot="2")


def taken(promoted_s: float, started_s: float) -> Sequence[Event]:
    """bravo takes web over."""
    return [
        role(promoted_s, "bravo", "Primary"),
        *looks(started_s + 0.5, started_s + 5, "bravo", runs="web", born_s=started_s),
    ]


def early(*events: Event | Sequence[Event]) -> list[str]:
    return list(nothing_before_fencing(record(*events)))


def false(*events: Event | Sequence[Event]) -> list[str]:
    return list(fencing_is_true(record(*events)))


def unmeant(*events: Event | Sequence[Event]) -> list[str]:
    return list(only_meant_nodes_lose_power(record(*events)))


def history(at_s: float, *fencings: tuple[str, str]) -> Event:
    done = tuple(
        Fencing(node, "reboot", status, f"t{n}") for n, (node, status) in enumerate(fencings)
    )
    return view(at_s, Pacemaker(fencings=done))


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
    alive = looks(90, 110, "alpha", runs="web")
    shot = [power(110.85, "alpha"), fenced(110.9, "alpha")]
    found = early(alive, looks(90, 108, "bravo"), taken(109.95, 110.3), shot)
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
    stopped = [*looks(101, 105, "alpha"), role(100.5, "alpha", "Secondary"), power(106, "alpha")]
    assert early(HOME, stopped, taken(107, 107.5)) == []


def test_a_node_that_fell_silent_as_it_held_a_guest_must_be_fenced() -> None:
    assert len(early(HOME, taken(110, 111))) == 2
    assert early(HOME, fenced(109, "alpha"), taken(110, 111)) == []


def test_a_node_that_fell_silent_after_it_let_go_needs_no_fencing() -> None:
    for gone in (look(101, "alpha"), role(101, "alpha", "Secondary")):
        last = look(100.5, "alpha", runs="" if gone.kind == "drbd_change" else "web", primary="web")
        assert early(HOME, last, gone, taken(110, 111)) == []


def test_a_change_of_anything_else_in_drbd_lets_nothing_go() -> None:
    other = role(101, "alpha", "Secondary", guest="shop")
    link = role(101, "alpha", "Secondary").model_copy(update={"what": "connection"})
    assert len(early(HOME, other, link, taken(110, 111))) == 2


def test_a_node_that_has_booted_anew_holds_nothing_any_more() -> None:
    assert early(HOME, CUT, BACK, ANEW, taken(210, 211)) == []


def test_a_taker_that_has_booted_anew_itself_still_needs_the_fencing() -> None:
    anew = [*looks(105, 108, "bravo", boot="2"), role(109, "bravo", "Primary", boot="2")]
    assert len(early(looks(90, 100, "alpha", runs="web"), CUT, anew)) == 1


def test_a_takeover_that_the_clocks_put_just_before_the_loss_of_power_is_too_early() -> None:
    clocks = [clock(90, node, 0.05) for node in ("alpha", "bravo")]
    assert len(early(clocks, HOME, CUT, role(100.15, "bravo", "Primary"))) == 1


def test_what_begins_first_takes_nothing_from_what_comes_later() -> None:
    later = [*looks(95, 99, "alpha", runs="web", born_s=94.5), power(99.2, "alpha")]
    assert early(looks(80, 90, "bravo", runs="web"), look(91, "bravo"), later) == []


def test_one_life_that_is_taken_over_twice_on_a_node_is_one_report() -> None:
    again = [look(118, "bravo"), look(119, "bravo", runs="web", born_s=118.5, pids=[9])]
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


def test_the_loss_of_a_victim_is_meant_and_counts_once_though_it_is_reported_twice() -> None:
    assert unmeant(CUT, fenced(110, "alpha"), BACK, ANEW, history(200, ("alpha", "success"))) == []


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([power(110.9, "bravo")], "bravo lost its power at 110.9 s, nobody meant it"),
        (
            [power(160, "arbiter"), power(161, "arbiter", "started")],
            "arbiter lost its power at 160.0 s, nobody meant it",
        ),
        ([*CUT, BACK, power(300, "alpha", "crashed")], "alpha lost its power 2 times, 1 was meant"),
        (
            [power(5, "alpha"), power(6, "alpha", "started"), cut(100, "alpha")],
            "alpha lost its power at 5.0 s, before a fault meant it",
        ),
    ],
    ids=["the survivor", "the arbitrator", "twice", "before the fault"],
)
def test_a_loss_of_power_that_nobody_meant_is_a_breach(events: Sequence[Event], text: str) -> None:
    assert unmeant(events) == [text]


def test_two_faults_may_cost_a_node_its_power_twice() -> None:
    again = [cut(200, "alpha"), power(200.2, "alpha")]
    assert unmeant(CUT, BACK, again) == []
    assert unmeant(CUT, BACK, again, power(220, "alpha", "started"), power(230, "alpha")) == [
        "alpha lost its power 3 times, 2 were meant"
    ]


def test_a_suspended_node_has_not_lost_its_power() -> None:
    assert unmeant(power(5, "bravo", "suspended"), power(6, "bravo", "resumed")) == []


SURVEYED = [
    NodeSurvey(at_s=at_s, node="arbiter", status=NodeStatus(boot, {}, ()))
    for at_s, boot in ((1, "1"), (150, "2"))
]


@pytest.mark.parametrize(
    "signs",
    [
        SURVEYED,
        [line(1, "arbiter", "kernel", "a"), line(150, "arbiter", "kernel", "b", boot="2")],
        [journal("arbiter", 1, 99), journal("arbiter", 150, 199, boot="2")],
    ],
    ids=["by surveys", "by lines of the journal", "by journals that were read"],
)
def test_a_node_that_boots_anew_without_losing_its_power_is_a_breach(
    signs: Sequence[Event],
) -> None:
    assert unmeant(signs) == ["arbiter booted anew at 150.0 s without losing its power"]
    assert unmeant(signs, cut(100, "arbiter"), power(100, "arbiter")) == []


def test_one_loss_explains_one_boot() -> None:
    third = look(240, "alpha", boot="3")
    assert unmeant(look(1, "alpha"), CUT, BACK, ANEW, third) == [
        "alpha booted anew at 240.0 s without losing its power"
    ]


def test_a_survey_that_was_cut_short_shows_no_boot() -> None:
    cut_short = NodeSurvey(at_s=50, node="arbiter", status=NodeStatus("", {}, ()))
    assert unmeant(SURVEYED[0], cut_short) == []


@pytest.mark.parametrize(
    ("fencings", "found"),
    [
        ([], []),
        ([("alpha", "success")], []),
        ([("alpha", "failed"), ("alpha", "success")], []),
        ([("bravo", "failed")], []),
        ([("bravo", "success")], ["bravo was fenced, nobody meant it"]),
        ([("alpha", "success")] * 2, ["alpha was fenced 2 times, 1 was meant"]),
    ],
    ids=["nobody", "the victim", "at the second try", "not done", "somebody else", "twice"],
)
def test_the_history_of_fencing_names_only_who_was_meant(
    fencings: list[tuple[str, str]], found: list[str]
) -> None:
    assert unmeant(fault(100, "alpha"), history(90), history(200, *fencings)) == found


def test_journals_that_confirm_a_fencing_count_each_by_itself() -> None:
    everywhere = [fenced(110, "alpha"), fenced(110.1, "alpha", on="arbiter"), fenced(115, "alpha")]
    assert unmeant(fault(100, "alpha"), everywhere) == []
    assert unmeant(fault(100, "alpha"), everywhere, fenced(160, "alpha")) == [
        "alpha was fenced 2 times, 1 was meant"
    ]
    assert unmeant(fenced(5, "arbiter")) == ["arbiter was fenced, nobody meant it"]


def test_a_fault_that_may_cost_nobody_its_power_means_nobody() -> None:
    gentle = fault(100, "alpha").model_copy(update={"may_be_fenced": ()})
    assert unmeant(gentle, power(110, "alpha")) == [
        "alpha lost its power at 110.0 s, nobody meant it"
    ]


def test_one_node_is_reported_once_by_the_strongest_evidence() -> None:
    shot = [power(110, "bravo"), fenced(110, "bravo", on="arbiter"), look(1, "bravo")]
    booted = [look(150, "bravo", boot="2"), history(200, ("bravo", "success"))]
    assert unmeant(shot, booted) == ["bravo lost its power at 110.0 s, nobody meant it"]
