"""I11 and I12: a bystander that is hurt, and a failback, turn a real record red."""

import pytest

from harness.judge.invariants.relocation import bystanders_unhurt, no_failback
from harness.record.timeline import Event
from suites.selftest.records import amid, cut, look, noted, quorum, recorded, unseen

HURT = "no fault hit bravo"
AT_HOME = [look(0, "alpha", runs="web"), look(0, "bravo", runs="shop"), cut(1, "alpha")]
OVER = [*AT_HOME, unseen(5, "alpha"), look(9, "bravo", runs="shop web")]


def boot_of(record: list[Event], node: str) -> str:
    """Its last life."""
    looks = [e for e in record if e.kind == "watch" and e.detail["node"] == node]
    return str(looks[-1].detail["boot"])


def hurt(record: list[Event]) -> list[str]:
    return [violation.evidence for violation in bystanders_unhurt(record)]


def back(record: list[Event]) -> list[str]:
    return [violation.evidence for violation in no_failback(record)]


def test_a_bystander_that_stops_for_a_moment_is_hurt() -> None:
    record = recorded()
    gone = look(130, "bravo", boot=boot_of(record, "bravo"))
    assert hurt(amid(record, gone)) == [f"shop had stopped on bravo by 130.0 s, {HURT}"]


def test_a_bystander_whose_node_starts_anew_is_hurt() -> None:
    anew = look(130, "bravo", runs="shop", boot="another")
    assert hurt(amid(recorded(), anew)) == [f"shop had stopped on bravo by 130.0 s, {HURT}"]


def test_a_bystander_that_is_elsewhere_is_hurt_though_its_home_is_out_of_sight() -> None:
    moved = [unseen(2, "bravo"), look(9, "alpha", runs="shop", boot="2")]
    assert hurt([*AT_HOME, *moved]) == [f"shop had moved from bravo to alpha by 9.0 s, {HURT}"]


def test_a_guest_that_failed_over_is_a_bystander_of_the_next_fault() -> None:
    stopped = [cut(20, "arbiter"), look(25, "bravo", runs="shop")]
    assert hurt([*OVER, *stopped]) == [f"web had stopped on bravo by 25.0 s, {HURT}"]


@pytest.mark.parametrize(
    "record",
    [
        [],
        [*AT_HOME[:2], look(5, "bravo"), look(6, "alpha", runs="web shop")],
        OVER,
        [*AT_HOME, unseen(2, "bravo"), look(30, "bravo", runs="shop")],
        [AT_HOME[1], unseen(0.5, "bravo"), cut(1, "alpha"), look(5, "bravo")],
        [*AT_HOME, cut(3, "bravo"), look(5, "bravo")],
        [*AT_HOME, noted(3, "injecting", fault="no target for the pings"), look(5, "bravo")],
        [*AT_HOME, cut(2, "arbiter"), quorum(3, "bravo", lost=True), look(5, "bravo")],
    ],
    ids=[
        *("nothing seen", "no fault", "its own node was hit", "out of sight for a while"),
        *("out of sight when it struck", "hit too", "a fault of no node", "no quorum, must stop"),
    ],
)
def test_nobody_is_accused_without_need(record: list[Event]) -> None:
    assert hurt(record) == []


def test_a_node_that_has_quorum_or_lost_it_before_must_keep_its_guest() -> None:
    for said in (
        quorum(3, "bravo"),
        quorum(-5, "bravo", lost=True),
        quorum(3, "arbiter", lost=True),
    ):
        assert len(hurt(amid([*AT_HOME, look(5, "bravo")], said))) == 1


def test_a_guest_that_comes_back_is_a_failback() -> None:
    record = recorded()
    returned = look(240, "alpha", runs="web", boot=boot_of(record, "alpha"))
    assert back(amid(record, returned)) == [
        "web ran on alpha again at 240.0 s, it had gone from there"
    ]


def test_a_failback_within_one_life_is_one_too() -> None:
    moved = [look(2, "alpha"), look(3, "bravo", runs="web"), look(9, "alpha", runs="web")]
    assert len(back([*AT_HOME, *moved])) == 1


FLAPS = [cut(30, "alpha"), look(60, "alpha", runs="web", boot="3")]
BACK = look(60, "alpha", runs="web", boot="2")


@pytest.mark.parametrize(
    ("record", "times"),
    [
        ([*OVER, *FLAPS], 1),
        ([*OVER, cut(30, "arbiter"), BACK], 1),
        ([*OVER, cut(30, "bravo"), BACK], 0),
        ([*OVER, noted(30, "injecting", fault="all are cut off"), BACK], 0),
        ([*OVER, look(60, "alpha", runs="web")], 0),
        ([*AT_HOME, look(2, "alpha"), look(3, "alpha", runs="web")], 0),
        ([*AT_HOME[:2], *OVER[3:], BACK], 0),
        ([*OVER, look(60, "alpha", runs="shop", boot="2")], 0),
    ],
    ids=[
        *("its node is hit again", "the arbitrator is hit", "its new node is hit", "all are hit"),
        *("it never ended: two copies", "restarted in place", "no fault", "another guest"),
    ],
)
def test_what_is_a_failback_and_what_is_not(record: list[Event], times: int) -> None:
    assert len(back(record)) == times
