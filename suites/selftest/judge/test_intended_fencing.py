"""I6: only intended nodes lose power."""

from collections.abc import Sequence

import pytest

from harness.judge.invariants.power import only_intended_nodes_lose_power
from harness.record.events import Event, FencingAllowed, NodeSurvey
from harness.record.status import Fencing, NodeStatus, Pacemaker
from suites.selftest.judge.fencings import ANEW, BACK, CUT
from suites.selftest.node_events import fenced, journal, line, node_sample, power, view
from suites.selftest.records import cut, fault, record


def unintended(*events: Event | Sequence[Event]) -> list[str]:
    return list(only_intended_nodes_lose_power(record(*events)))


def history(at_s: float, *fencings: tuple[str, str]) -> Event:
    done = tuple(
        Fencing(node, "reboot", status, f"t{n}") for n, (node, status) in enumerate(fencings)
    )
    return view(at_s, Pacemaker(fencings=done))


def test_the_loss_of_a_victim_is_intended_and_counts_once_though_it_is_reported_twice() -> None:
    assert (
        unintended(CUT, fenced(110, "alpha"), BACK, ANEW, history(200, ("alpha", "success"))) == []
    )


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([power(110.9, "bravo")], "bravo lost its power at 110.9 s, no fault intended it"),
        (
            [power(160, "arbiter"), power(161, "arbiter", "started")],
            "arbiter lost its power at 160.0 s, no fault intended it",
        ),
        (
            [*CUT, BACK, power(300, "alpha", "crashed")],
            "alpha lost its power 2 times, 1 was intended",
        ),
        (
            [power(5, "alpha"), power(6, "alpha", "started"), cut(100, "alpha")],
            "alpha lost its power at 5.0 s, before a fault intended it",
        ),
    ],
    ids=["the survivor", "the arbitrator", "twice", "before the fault"],
)
def test_a_loss_of_power_that_no_fault_intended_is_a_breach(
    events: Sequence[Event], text: str
) -> None:
    assert unintended(events) == [text]


def test_two_faults_may_cost_a_node_its_power_twice() -> None:
    again = [cut(200, "alpha"), power(200.2, "alpha")]
    assert unintended(CUT, BACK, again) == []
    assert unintended(CUT, BACK, again, power(220, "alpha", "started"), power(230, "alpha")) == [
        "alpha lost its power 3 times, 2 were intended"
    ]


def test_a_suspended_node_has_not_lost_its_power() -> None:
    assert unintended(power(5, "bravo", "suspended"), power(6, "bravo", "resumed")) == []


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
    assert unintended(signs) == ["arbiter rebooted at 150.0 s without losing its power"]
    assert unintended(signs, cut(100, "arbiter"), power(100, "arbiter")) == []


def test_one_loss_explains_one_boot() -> None:
    third = node_sample(240, "alpha", boot="3")
    assert unintended(node_sample(1, "alpha"), CUT, BACK, ANEW, third) == [
        "alpha rebooted at 240.0 s without losing its power"
    ]


def test_a_survey_that_was_cut_short_shows_no_boot() -> None:
    cut_short = NodeSurvey(at_s=50, node="arbiter", status=NodeStatus("", {}, ()))
    assert unintended(SURVEYED[0], cut_short) == []


@pytest.mark.parametrize(
    ("fencings", "found"),
    [
        ([], []),
        ([("alpha", "success")], []),
        ([("alpha", "failed"), ("alpha", "success")], []),
        ([("bravo", "failed")], []),
        ([("bravo", "success")], ["bravo was fenced, no fault intended it"]),
        ([("alpha", "success")] * 2, ["alpha was fenced 2 times, 1 was intended"]),
    ],
    ids=["nobody", "the victim", "at the second try", "not done", "somebody else", "twice"],
)
def test_the_history_of_fencing_names_only_who_was_intended(
    fencings: list[tuple[str, str]], found: list[str]
) -> None:
    assert unintended(fault(100, "alpha"), history(90), history(200, *fencings)) == found


def test_journals_that_confirm_a_fencing_count_each_by_itself() -> None:
    everywhere = [fenced(110, "alpha"), fenced(110.1, "alpha", on="arbiter"), fenced(115, "alpha")]
    assert unintended(fault(100, "alpha"), everywhere) == []
    assert unintended(fault(100, "alpha"), everywhere, fenced(160, "alpha")) == [
        "alpha was fenced 2 times, 1 was intended"
    ]
    assert unintended(fenced(5, "arbiter")) == ["arbiter was fenced, no fault intended it"]


def test_a_fault_that_may_cost_nobody_its_power_means_nobody() -> None:
    gentle = fault(100, "alpha").model_copy(update={"may_be_fenced": ()})
    assert unintended(gentle, power(110, "alpha")) == [
        "alpha lost its power at 110.0 s, no fault intended it"
    ]


def test_one_node_is_reported_once_by_the_strongest_evidence() -> None:
    shot = [power(110, "bravo"), fenced(110, "bravo", on="arbiter"), node_sample(1, "bravo")]
    booted = [node_sample(150, "bravo", boot="2"), history(200, ("bravo", "success"))]
    assert unintended(shot, booted) == ["bravo lost its power at 110.0 s, no fault intended it"]


def test_a_fencing_that_the_test_allows_is_intended_once() -> None:
    allowed = FencingAllowed(at_s=100, node="bravo", why="its guest cannot be stopped")
    loss = [power(110, "bravo"), power(111, "bravo", "started")]
    again = [power(210, "bravo"), power(211, "bravo", "started")]
    assert unintended(allowed, *loss) == []
    assert unintended(allowed, *loss, *again) == ["bravo lost its power 2 times, 1 was intended"]
