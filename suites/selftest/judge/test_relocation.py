"""I11 and I12: a bystander that is hurt, and a failback, turn a record red."""

from collections.abc import Sequence

import pytest

from harness.judge.invariants.relocation import bystanders_undisturbed, no_failback
from harness.record.events import Event
from suites.selftest.client_events import sample
from suites.selftest.node_events import node_sample, node_samples, power, quorum
from suites.selftest.records import cut, fault, record, step

INNOCENT = "no fault hit bravo"
HOME = [*node_samples(0, 10, "alpha", runs="web"), *node_samples(0, 10, "bravo", runs="shop")]
CUT = [cut(10, "alpha"), power(10.2, "alpha")]
OVER = [*HOME, *CUT, *node_samples(11, 19, "bravo", runs="shop")]
TAKEN = node_samples(20, 30, "bravo", runs="shop web", born_s=19.5)
"""shop's process has the same birth in each look, so it is born at 0 s all the same."""


def hurt(*events: Event | Sequence[Event]) -> list[str]:
    return list(bystanders_undisturbed(record(*events)))


def back(*events: Event | Sequence[Event]) -> list[str]:
    return list(no_failback(record(*events)))


def test_a_bystander_whose_process_ends_is_hurt() -> None:
    assert hurt(OVER, node_sample(20, "bravo")) == [
        f"shop had stopped on bravo by 20.0 s, {INNOCENT}"
    ]


def test_a_bystander_that_was_restarted_is_hurt_though_no_look_missed_it() -> None:
    restarted = node_samples(20, 25, "bravo", runs="shop", born_s=19.4, pids=[9])
    assert hurt(OVER, restarted) == [f"shop had stopped on bravo by 20.0 s, {INNOCENT}"]


def test_a_bystander_whose_node_loses_its_power_is_hurt() -> None:
    lost = power(20.5, "bravo")
    assert hurt(OVER, node_sample(20, "bravo", runs="shop"), lost) == [
        f"shop had stopped on bravo by 20.5 s, {INNOCENT}"
    ]


def test_a_bystander_whose_node_boots_anew_is_hurt() -> None:
    anew = node_sample(40, "bravo", runs="shop", boot="another", born_s=39)
    assert hurt(OVER, anew) == [f"shop had stopped on bravo by 40.0 s, {INNOCENT}"]


def test_a_bystander_that_is_elsewhere_is_hurt_though_its_home_is_out_of_sight() -> None:
    moved = node_sample(40, "alpha", runs="shop", boot="2", born_s=39)
    assert hurt(OVER, moved) == [f"shop had stopped on bravo by 39.0 s, {INNOCENT}"]


def test_a_bystander_that_boots_anew_in_place_is_hurt() -> None:
    asked = [sample(t, guest="shop") for t in (5, 12)]
    anew = [sample(t, guest="shop", boot="g2") for t in (24, 25)]
    assert hurt(OVER, TAKEN, asked, anew) == [f"shop had rebooted on bravo by 24.0 s, {INNOCENT}"]


def test_a_boot_before_the_fault_does_not_hide_one_after_it() -> None:
    asked = [sample(t, guest="shop", boot=b) for t, b in ((2, "g0"), (5, "g1"), (24, "g2"))]
    assert hurt(OVER, TAKEN, asked) == [f"shop had rebooted on bravo by 24.0 s, {INNOCENT}"]
    assert hurt(OVER, TAKEN, asked[:2]) == []


def test_a_guest_that_moved_answers_with_another_boot_and_is_not_hurt() -> None:
    """Its new process is there as the second fault strikes, and has not answered yet."""
    asked = [sample(5), sample(26, boot="g2")]
    assert hurt(OVER, TAKEN, cut(22, "arbiter"), asked) == []


def test_a_guest_that_failed_over_is_a_bystander_of_the_next_fault() -> None:
    stopped = [cut(31, "arbiter"), node_sample(31.5, "bravo", runs="shop", born_s=0)]
    assert hurt(OVER, TAKEN, stopped) == [f"web had stopped on bravo by 31.5 s, {INNOCENT}"]


def test_a_fault_that_disturbs_no_guest_leaves_its_victim_s_guest_alone() -> None:
    gentle = fault(10, "alpha", name="full disk of alpha", disturbs_guests=False)
    stopped = node_sample(11, "alpha")
    assert hurt(HOME, gentle, stopped) == [
        "web had stopped on alpha by 11.0 s, full disk of alpha may not disturb it"
    ]
    assert hurt(HOME, fault(10, "alpha"), stopped) == []


def test_a_fault_that_disturbs_no_guest_of_another_node_is_not_named() -> None:
    gentle = fault(10, "alpha", name="full disk of alpha", disturbs_guests=False)
    assert hurt(HOME, gentle, node_sample(11, "bravo")) == [
        f"shop had stopped on bravo by 11.0 s, {INNOCENT}"
    ]


def test_a_fault_without_victims_disturbs_nobody() -> None:
    assert hurt(HOME, fault(10), node_sample(11, "bravo")) == [
        f"shop had stopped on bravo by 11.0 s, {INNOCENT}"
    ]


def test_a_fault_that_was_lifted_excuses_nothing_that_began_after_it() -> None:
    first = [fault(1, "bravo", name="first"), step(3, "lifted", name="first")]
    later = node_samples(5, 10, "bravo", runs="web", born_s=4)
    ended = [fault(10.5, "alpha"), node_sample(11, "bravo")]
    assert len(hurt(node_sample(0, "bravo"), first, node_sample(4, "bravo"), later, ended)) == 1
    assert hurt(node_sample(0, "bravo"), first[:1], node_sample(4, "bravo"), later, ended) == []


@pytest.mark.parametrize(
    "events",
    [
        [],
        [*HOME, node_sample(11, "bravo"), node_sample(12, "alpha", runs="web shop")],
        [*OVER, *TAKEN],
        [*OVER, *node_samples(40, 45, "bravo", runs="shop")],
        [*HOME, *CUT, cut(11, "bravo"), node_sample(12, "bravo")],
        [
            *HOME,
            cut(10, "alpha"),
            cut(11, "arbiter"),
            quorum(12, "bravo", lost=True),
            node_sample(13, "bravo"),
        ],
        [*HOME, node_sample(10.5, "bravo"), cut(11, "alpha")],
    ],
    ids=[
        *("nothing seen", "no fault", "its own node was hit", "out of sight for a while"),
        *("hit too", "no quorum by two faults", "it had stopped before"),
    ],
)
def test_nobody_is_accused_without_need(events: Sequence[Event]) -> None:
    assert hurt(events) == []


@pytest.mark.parametrize(
    "events",
    [
        [quorum(12, "bravo")],
        [quorum(5, "bravo", lost=True)],
        [quorum(12, "arbiter", lost=True)],
        [quorum(14, "bravo", lost=True)],
    ],
    ids=["has it", "lost it before the faults", "another lost it", "lost it later"],
)
def test_only_a_node_that_lost_its_quorum_since_may_stop_its_guest(events: Sequence[Event]) -> None:
    assert (
        len(hurt(HOME, cut(10, "alpha"), cut(11, "arbiter"), events, node_sample(13, "bravo"))) == 1
    )


def test_one_fault_alone_takes_nobody_elses_quorum() -> None:
    assert (
        len(hurt(HOME, cut(10, "alpha"), quorum(12, "bravo", lost=True), node_sample(13, "bravo")))
        == 1
    )


AGAIN = "web ran on alpha again at 59.0 s, it had gone to bravo"
BACK = node_sample(60, "alpha", runs="web", boot="2", born_s=59)


def test_a_guest_that_comes_back_is_a_failback() -> None:
    assert back(OVER, TAKEN, BACK) == [AGAIN]


def test_a_failback_within_one_life_is_one_too() -> None:
    moved = [node_sample(11, "alpha"), *node_samples(12, 15, "bravo", runs="web", born_s=12)]
    returned = node_sample(17, "alpha", runs="web", born_s=16, pids=[9])
    assert back(HOME, cut(10, "alpha"), moved, returned) == [
        "web ran on alpha again at 16.0 s, it had gone to bravo"
    ]


@pytest.mark.parametrize(
    ("events", "times"),
    [
        ([*OVER, *TAKEN, cut(40, "alpha"), BACK], 1),
        ([*OVER, *TAKEN, cut(40, "arbiter"), BACK], 1),
        ([*OVER, *TAKEN, fault(40), BACK], 1),
        ([*OVER, *TAKEN, cut(40, "bravo"), BACK], 0),
        ([*OVER, *TAKEN, cut(70, "bravo"), BACK], 1),
        ([*OVER, *TAKEN, node_sample(60, "alpha", runs="shop", boot="2", born_s=59)], 0),
        (
            [
                *HOME,
                cut(10, "alpha"),
                node_sample(11, "alpha"),
                node_sample(12, "alpha", runs="web", born_s=12, pids=[9]),
            ],
            0,
        ),
        ([*HOME, cut(10, "alpha"), *TAKEN, *node_samples(31, 35, "alpha", runs="web")], 0),
        ([*HOME, node_sample(11, "alpha"), *TAKEN, BACK], 0),
        ([*HOME, cut(10, "bravo"), node_sample(11, "alpha"), *TAKEN, BACK], 0),
        ([*OVER, *TAKEN], 0),
    ],
    ids=[
        *("its node is hit again", "the arbitrator is hit", "a fault of no node"),
        *("its new node is hit", "its new node is hit later", "another guest"),
        *("restarted in place", "it never ended: two copies", "no fault", "another was hit"),
        "it stays",
    ],
)
def test_what_is_a_failback_and_what_is_not(events: Sequence[Event], times: int) -> None:
    assert len(back(events)) == times
