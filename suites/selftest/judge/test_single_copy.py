"""I1 and I2: two copies at one time turn a record red; what clocks cannot tell apart does not."""

from collections.abc import Sequence

import pytest

from harness.judge.invariants.single_copy import guest_never_twice, never_two_primaries
from harness.record.events import Event
from suites.selftest.node_events import clock, node_sample, node_samples, power, role
from suites.selftest.records import cut, record

AT_HOME = node_samples(0, 20, "alpha", runs="web")
ELSEWHERE = node_samples(4, 10, "bravo", runs="web", born_s=3.5)


def twice(*events: Event | Sequence[Event]) -> list[str]:
    return list(guest_never_twice(record(*events)))


def primaries(*events: Event | Sequence[Event]) -> list[str]:
    return list(never_two_primaries(record(*events)))


def test_a_guest_that_runs_on_two_nodes_is_reported_with_place_moment_and_length() -> None:
    gone = node_sample(11, "bravo")
    assert twice(AT_HOME, ELSEWHERE, gone) == ["web ran on alpha and bravo at 3.5 s, for 7.5 s"]


def test_several_overlaps_of_two_nodes_are_one_report_of_their_whole_length() -> None:
    apart = [node_sample(11, "bravo"), node_sample(15, "bravo", runs="web", born_s=15, pids=[7])]
    end = node_sample(17, "bravo")
    assert twice(AT_HOME, ELSEWHERE, apart, end) == [
        "web ran on alpha and bravo at 3.5 s, for 9.5 s"
    ]


def test_seconds_in_which_one_node_runs_it_twice_count_once_beside_the_other() -> None:
    both = node_samples(4, 10, "bravo", runs="web web", born_s=4, pids=[7, 8])
    assert twice(AT_HOME, both, node_sample(11, "bravo")) == [
        "web ran on alpha and bravo at 4.0 s, for 7.0 s",
        "web ran twice on bravo at 4.0 s, for 6.0 s",
    ]


def test_two_processes_of_a_guest_on_one_node_are_two_copies() -> None:
    both = node_samples(150, 170, "bravo", runs="shop web web", pids=[1, 2, 3])
    assert twice(node_sample(149, "bravo", runs="shop web", pids=[1, 2]), both) == [
        "web ran twice on bravo at 150.0 s, for 20.0 s"
    ]


def test_two_guests_beside_each_other_are_no_two_copies() -> None:
    assert (
        twice(node_samples(0, 5, "alpha", runs="web shop"), node_samples(0, 5, "bravo", runs=""))
        == []
    )


@pytest.mark.parametrize(("uncertainty_s", "count"), [(0.1, 1), (0.3, 0)])
def test_an_overlap_counts_only_beyond_the_uncertainty_of_both_clocks(
    uncertainty_s: float, count: int
) -> None:
    clocks = [clock(0, node, uncertainty_s) for node in ("alpha", "bravo")]
    handover = [node_sample(4, "alpha", runs="web"), node_sample(5, "alpha")]
    taken = [
        node_sample(4.5, "bravo"),
        node_sample(4.9, "bravo", runs="web", born_s=4.5),
        node_sample(5.9, "bravo"),
    ]
    assert len(twice(clocks, node_sample(0, "alpha", runs="web"), handover, taken)) == count


def test_a_guest_on_a_suspended_node_does_not_run() -> None:
    frozen = [*node_samples(0, 3, "alpha", runs="web"), power(3.4, "alpha", "suspended")]
    thawed = [power(12.5, "alpha", "resumed"), node_sample(13, "alpha")]
    assert twice(frozen, power(12, "alpha"), ELSEWHERE) == []
    assert twice(frozen, ELSEWHERE, node_sample(11, "bravo"), thawed) == []


def test_a_frozen_guest_that_goes_on_beside_its_copy_runs_twice() -> None:
    frozen = [*node_samples(0, 3, "alpha", runs="web"), power(3.4, "alpha", "suspended")]
    thawed = [power(6, "alpha", "resumed"), *node_samples(6.2, 8.2, "alpha", runs="web")]
    assert len(twice(frozen, thawed, node_samples(4, 10, "bravo", runs="web", born_s=4))) == 1


def test_a_node_that_lost_its_power_runs_nothing_from_then_on() -> None:
    lost = [*node_samples(0, 3, "alpha", runs="web"), cut(3, "alpha"), power(3.2, "alpha")]
    assert twice(lost, node_samples(4, 10, "bravo", runs="web", born_s=3.5)) == []


BLINK = [
    *(node_sample(0, "alpha", primary="web"), node_sample(0, "bravo")),
    *(role(4, "bravo", "Primary"), role(4.2, "alpha", "Secondary"), role(5, "bravo", "Secondary")),
    *(node_sample(5.5, "alpha"), node_sample(5.5, "bravo")),
]
"""Between two looks of the agents both are primary."""


def test_two_primaries_that_no_look_saw_are_seen_by_drbds_own_events() -> None:
    near = [
        node_sample(3, node, primary="web" if node == "alpha" else "")
        for node in ("alpha", "bravo")
    ]
    assert primaries(near, BLINK) == ["web was primary on alpha and bravo at 4.0 s, for 0.2 s"]


def test_a_handover_that_is_quicker_than_the_clocks_are_sure_of_is_no_breach() -> None:
    clocks = [clock(0, node, 0.15) for node in ("alpha", "bravo")]
    near = [node_sample(3, "alpha", primary="web"), node_sample(3, "bravo")]
    assert primaries(clocks, near, BLINK) == []


def test_a_clean_handover_is_no_breach() -> None:
    clean = [role(3.9, "alpha", "Secondary"), role(4, "bravo", "Primary")]
    assert primaries(node_sample(2, "alpha", primary="web"), node_sample(2, "bravo"), clean) == []


def test_each_guest_and_each_fact_is_judged_alone() -> None:
    beside = [*node_samples(0, 5, "alpha", runs="web"), *node_samples(0, 5, "bravo", runs="shop")]
    assert twice(beside) == primaries(beside) == []
    dual = [*node_samples(0, 5, "alpha", runs="web"), *node_samples(0, 5, "bravo", primary="web")]
    assert twice(dual) == []
    assert primaries(dual) == ["web was primary on alpha and bravo at 0.0 s, for 5.0 s"]
