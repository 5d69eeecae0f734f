"""Doctored records turn each invariant red; healthy ones leave it green."""

import pytest

from harness.judge.invariants.catalogue import ALWAYS, Invariant
from harness.judge.invariants.fencing import (
    fencing_is_true,
    nothing_before_fencing,
    unexpected_fencing,
)
from harness.judge.invariants.leftovers import leftovers
from harness.judge.invariants.placement import only_with_quorum
from harness.judge.invariants.single_copy import guest_never_twice, never_two_primaries
from harness.judge.invariants.violation import Violation
from harness.record.timeline import Event
from suites.selftest.records import fenced, look, noted, power, quorum, recorded, role, unseen

AT_HOME = [look(0, "alpha", runs="web"), look(0, "bravo")]
LOST = [*AT_HOME, power(1, "alpha"), look(2, "bravo"), unseen(5, "alpha")]
TAKEN = [look(9, "bravo", primary="web"), look(11, "bravo", runs="web")]
BACK = [look(60, "alpha", boot="2"), quorum(61, "alpha"), look(62, "bravo", runs="web")]
MOVED = [look(2, "alpha"), look(3, "bravo", primary="web"), look(4, "bravo", runs="web")]


@pytest.mark.parametrize("invariant", ALWAYS, ids=lambda i: i.__name__)
@pytest.mark.parametrize(
    "record",
    [
        [],
        [*AT_HOME, look(2, "alpha", runs="web"), look(2, "bravo")],
        [*AT_HOME, *MOVED],
        [*AT_HOME, look(1.9, "alpha"), look(2, "bravo", runs="web")],
        [*LOST, fenced(8, "alpha"), *TAKEN, *BACK],
        [*AT_HOME, quorum(1, "alpha", lost=True), look(2, "alpha", runs="web")],
        [*AT_HOME, noted(1, "failed", reason="no"), power(1, "arbiter"), *MOVED],
    ],
    ids=["nothing seen", "nothing moves", "move", "quick move", "power cut", "freeze", "others"],
)
def test_a_healthy_record_is_clean(invariant: Invariant, record: list[Event]) -> None:
    assert invariant(record) == []


@pytest.mark.parametrize("invariant", ALWAYS, ids=lambda i: i.__name__)
def test_a_real_failover_is_clean(invariant: Invariant) -> None:
    assert invariant(recorded()) == []


TWICE = {
    "one after another": [*AT_HOME, look(4, "bravo", runs="web"), look(4.2, "alpha", runs="web")],
    "one span in another": [
        *(look(0, "alpha", runs="web"), look(4, "bravo", runs="web")),
        *(look(5, "bravo"), look(6, "alpha", runs="web")),
    ],
    "at one moment": [look(4, "bravo", runs="web"), look(4, "alpha", runs="web")],
    "back from blindness": [
        *(*AT_HOME, unseen(2, "alpha"), look(3, "bravo", runs="web")),
        *(look(4, "alpha", runs="web"), look(4.1, "bravo", runs="web")),
    ],
}


@pytest.mark.parametrize("record", TWICE.values(), ids=TWICE)
@pytest.mark.parametrize("invariant", [guest_never_twice, never_two_primaries])
def test_two_at_one_time_are_a_violation(invariant: Invariant, record: list[Event]) -> None:
    found = invariant(record)
    assert [violation.evidence[-8:] for violation in found] == ["at 4.0 s"]


BLINK = [*AT_HOME, role(0, "alpha", "Primary"), role(4, "bravo", "Primary")]
"""Between two looks of the watch both are primary."""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([role(4.1, "alpha", "Secondary"), role(4.2, "bravo", "Secondary")], True),
        ([look(9, "alpha"), look(9, "bravo", boot="2")], True),
        ([role(3.9, "alpha", "Secondary"), look(9, "bravo", primary="web")], False),
    ],
    ids=["both step down", "nobody does", "one did before"],
)
def test_two_primaries_that_no_look_saw_are_seen_by_drbds_own_word(
    words: list[Event], found: bool
) -> None:
    told = sorted([*BLINK, *words], key=lambda event: event.at_s)
    evidence = ["web was primary on alpha and bravo at 4.0 s"] if found else []
    assert [v.evidence for v in never_two_primaries(told)] == evidence


def test_what_two_clocks_cannot_tell_apart_is_no_violation() -> None:
    """A handover that is quicker than the clocks are sure of."""
    clocks = [
        Event(0, "watch", "clock", {"node": node, "boot": "1", "uncertainty_s": 0.1})
        for node in ("alpha", "bravo")
    ]
    handover = [role(4.1, "alpha", "Secondary"), look(5, "bravo", primary="web")]
    assert never_two_primaries([*clocks, *BLINK, *handover]) == []


def test_what_drbd_does_not_tell_any_more_is_no_violation() -> None:
    gap = Event(3.9, "drbd", "blind", {"node": "alpha", "boot": "1", "blind": "nothing more"})
    told = [*BLINK[:-1], gap, BLINK[-1], look(9, "alpha"), look(9, "bravo", primary="web")]
    assert never_two_primaries(told) == []


def test_only_the_role_of_the_guests_own_replica_counts() -> None:
    others = [role(4.1, "alpha", "Secondary"), role(4.2, "bravo", "Secondary", guest="shop")]
    disk = role(4, "bravo", "Primary")
    disk.detail["what"] = "connection"
    assert never_two_primaries([*BLINK[:-1], disk, *others]) == []


def test_the_evidence_names_guest_and_nodes() -> None:
    doctored = TWICE["one span in another"]
    assert [str(violation) for check in ALWAYS for violation in check(doctored)] == [
        "I1: web ran on bravo and alpha at 4.0 s",
        "I2: web was primary on bravo and alpha at 4.0 s",
    ]


def test_only_the_watch_can_tell_that_a_guest_runs_twice() -> None:
    doctored = TWICE["at one moment"]
    surveyed = [Event(seen.at_s, "survey", seen.kind, seen.detail) for seen in doctored]
    assert guest_never_twice(surveyed) == never_two_primaries(surveyed) == []


def test_nobody_knows_what_a_blind_node_did() -> None:
    gap = [unseen(2, "alpha"), look(3, "bravo", runs="web"), look(4, "bravo")]
    assert guest_never_twice([*AT_HOME, *gap, look(6, "alpha", runs="web")]) == []


def test_each_guest_and_each_fact_is_looked_at_alone() -> None:
    beside = [look(0, "alpha", runs="web"), look(0, "bravo", runs="shop")]
    assert guest_never_twice(beside) == never_two_primaries(beside) == []
    dual = [look(0, "alpha", runs="web"), look(0, "bravo", primary="web")]
    assert guest_never_twice(dual) == []
    assert len(never_two_primaries(dual)) == 1


@pytest.mark.parametrize(
    "confirmed",
    [[], [fenced(10.5, "alpha")], [fenced(8, "bravo")], [fenced(-1, "alpha")]],
    ids=["never", "too late", "of another", "before it was lost"],
)
def test_nothing_is_taken_over_before_the_fencing_is_confirmed(confirmed: list[Event]) -> None:
    record = sorted([*LOST, *TAKEN, *BACK, *confirmed], key=lambda event: event.at_s)
    assert [str(violation) for violation in nothing_before_fencing(record)] == [
        "I3: web was promoted on bravo at 9.0 s, the fencing of alpha not confirmed"
    ]


def test_a_node_that_still_lives_is_not_lost() -> None:
    """Two primaries then, which is another invariant's."""
    both = [look(12, "alpha", runs="web"), look(12.1, "bravo", runs="web")]
    assert nothing_before_fencing([*LOST, *TAKEN, *both]) == []


def test_a_node_that_was_first_seen_later_held_nothing() -> None:
    assert nothing_before_fencing([look(1, "bravo", runs="web"), look(2, "alpha")]) == []


@pytest.mark.parametrize(
    "cut",
    [[], [power(9.1, "alpha")], [power(1, "bravo")], [power(1, "alpha", "started")]],
    ids=["never", "too late", "of another", "switched on"],
)
def test_a_node_that_has_power_was_not_fenced(cut: list[Event]) -> None:
    record = [*cut, fenced(8, "alpha"), fenced(8, "alpha", on="arbiter")]
    assert [str(violation) for violation in fencing_is_true(record)] == [
        "I3: the fencing of alpha was confirmed at 8.0 s, it had power"
    ]


def test_a_second_fencing_needs_a_second_cut() -> None:
    once = [power(7, "alpha"), fenced(8, "alpha"), fenced(9, "alpha")]
    assert fencing_is_true(once) == []
    [lie] = fencing_is_true([*once, fenced(60, "alpha")])
    assert str(lie) == "I3: the fencing of alpha was confirmed at 60.0 s, it had power"
    assert fencing_is_true([*once, power(59, "alpha"), fenced(60, "alpha")]) == []


def test_a_guest_that_begins_without_quorum_is_a_violation() -> None:
    lost = [quorum(1, "bravo"), quorum(2, "bravo", lost=True)]
    assert [str(violation) for violation in only_with_quorum([*AT_HOME, *lost, *TAKEN])] == [
        "I4: web began to run on bravo at 11.0 s without quorum"
    ]


def test_what_a_node_said_in_an_earlier_life_does_not_count_for_a_later_one() -> None:
    lives = [quorum(1, "bravo", lost=True), look(8, "bravo", boot="2")]
    begins = look(9, "bravo", runs="web", boot="2")
    assert only_with_quorum([*AT_HOME, *lives, begins]) == []
    again = quorum(8.5, "bravo", lost=True, boot="2")
    assert len(only_with_quorum([*AT_HOME, *lives, again, begins])) == 1


def test_a_stored_line_that_knows_of_no_life_counts_for_each() -> None:
    lost = quorum(1, "bravo", lost=True)
    del lost.detail["boot"]
    assert len(only_with_quorum([*AT_HOME, lost, *TAKEN])) == 1


@pytest.mark.parametrize(
    "said",
    [
        [quorum(1, "alpha", lost=True)],
        [quorum(1, "bravo", lost=True), quorum(2, "bravo")],
        [quorum(12, "bravo", lost=True)],
    ],
    ids=["another lost it", "had it again", "lost it later"],
)
def test_only_the_last_word_of_that_node_before_counts(said: list[Event]) -> None:
    assert only_with_quorum([*AT_HOME, *said, *TAKEN]) == []


def test_a_guest_that_comes_into_sight_again_has_not_begun() -> None:
    """A frozen one runs on: nobody knows what happened in the gap, so nobody is accused."""
    gap = [quorum(1, "alpha", lost=True), unseen(2, "alpha"), look(9, "alpha", runs="web")]
    assert only_with_quorum([*AT_HOME, *gap]) == []


@pytest.mark.parametrize("made", ["cli-ban-web-on-alpha", "drbd-fence-by-handler-web-drbd-web"])
def test_a_constraint_that_a_tool_made_is_a_leftover(made: str) -> None:
    assert leftovers([made], []) == [Violation("I8", f"left behind: {made}")]


def test_a_constraint_of_the_configuration_is_no_leftover() -> None:
    assert leftovers(["web-not-on-arbitrator", "web-prefers-cli-"], []) == []


def test_a_failed_action_is_a_leftover() -> None:
    failed = "web_monitor_10000 on alpha: not running"
    assert leftovers([], [failed]) == [Violation("I8", f"left behind: {failed}")]


@pytest.mark.parametrize(
    ("fencings", "found"),
    [
        ([], []),
        ([("alpha", "success")], []),
        ([("alpha", "failed"), ("alpha", "success")], []),
        ([("bravo", "failed")], []),
        ([("bravo", "success")], ["I6: bravo was fenced, nobody meant it"]),
        ([("alpha", "success")] * 2, ["I6: alpha was fenced 2 times"]),
    ],
    ids=["nobody", "the victim", "at the second try", "not done", "somebody else", "twice"],
)
def test_only_the_victim_may_be_fenced_and_only_once(
    fencings: list[tuple[str, str]], found: list[str]
) -> None:
    assert [str(violation) for violation in unexpected_fencing(fencings, ["alpha"])] == found
