"""I11 and I12 at their bounds: what happens in the very moment of a fault, a lift, a birth."""

from collections.abc import Sequence

import pytest

from harness.judge.invariants.relocation import bystanders_undisturbed, no_failback
from harness.record.events import Event
from suites.selftest.client_events import sample
from suites.selftest.node_events import node_sample, node_samples, power, quorum
from suites.selftest.records import cut, fault, record, step

HOME = [*node_samples(0, 10, "alpha", runs="web"), *node_samples(0, 10, "bravo", runs="shop")]
AWAY = [*HOME, cut(10, "alpha"), power(10.25, "alpha"), *node_samples(11, 19, "bravo", runs="shop")]
TAKEN = node_samples(20, 30, "bravo", runs="shop web", born_s=19.5)
BACK = node_sample(60, "alpha", runs="web", boot="2", born_s=59)


def hurt(*events: Event | Sequence[Event]) -> int:
    return len(list(bystanders_undisturbed(record(*events))))


def back(*events: Event | Sequence[Event]) -> int:
    return len(list(no_failback(record(*events))))


@pytest.mark.parametrize(("lifted_s", "count"), [(1, 1), (4, 1), (4.5, 0), (0.5, 0)])
def test_a_fault_is_over_from_the_moment_of_its_lift_on(lifted_s: float, count: int) -> None:
    """The process was born at 4 s; a lift before the fault is of an earlier one."""
    first = [fault(1, "bravo", name="first"), step(lifted_s, "lifted", name="first")]
    process = [
        node_sample(0, "bravo"),
        node_sample(4, "bravo"),
        *node_samples(5, 10, "bravo", runs="web", born_s=4),
    ]
    assert hurt(process, first, fault(10.5, "alpha"), node_sample(11, "bravo")) == count


def test_a_guest_may_end_in_the_moment_in_which_a_fault_hits_its_node() -> None:
    assert hurt(HOME, cut(10, "alpha"), cut(11, "bravo"), node_sample(11, "bravo")) == 0
    assert hurt(HOME, cut(10, "alpha"), cut(11.5, "bravo"), node_sample(11, "bravo")) == 1


@pytest.mark.parametrize(("lost_s", "count"), [(9.5, 1), (10, 0), (13, 0), (13.5, 1)])
def test_quorum_is_lost_from_the_first_fault_to_the_end_of_the_guest(
    lost_s: float, count: int
) -> None:
    both = [cut(10, "alpha"), cut(11, "arbiter")]
    assert hurt(HOME, both, quorum(lost_s, "bravo", lost=True), node_sample(13, "bravo")) == count


def test_a_guest_that_is_restarted_where_it_went_to_does_not_fail_back() -> None:
    again = node_samples(31, 33, "bravo", runs="shop web", born_s=30.5, pids=[1, 2])
    assert back(AWAY, TAKEN, again) == 0
    assert back(AWAY, TAKEN, again, BACK) == 1


def test_a_guest_that_begins_in_two_places_at_once_has_not_gone_and_come_back() -> None:
    twin = node_sample(20, "alpha", runs="web", boot="2", born_s=19.5)
    assert back(AWAY, TAKEN, twin) == 0


@pytest.mark.parametrize(("fault_s", "count"), [(19, 1), (19.5, 0), (59, 0), (59.5, 1)])
def test_a_fault_of_its_new_node_explains_a_return_while_it_is_there(
    fault_s: float, count: int
) -> None:
    assert back(AWAY, TAKEN, cut(fault_s, "bravo"), BACK) == count


def test_every_guest_that_is_hurt_is_named() -> None:
    both = node_samples(0, 10, "bravo", runs="web shop")
    assert hurt(both, cut(10.5, "alpha"), node_sample(11, "bravo")) == 2


def test_a_failback_after_two_faults_of_one_node_is_named_once() -> None:
    assert back(AWAY, fault(10.125, "alpha"), TAKEN, BACK) == 1


def test_a_guest_that_began_elsewhere_as_the_fault_came_did_not_flee_from_it() -> None:
    twin = node_samples(11, 19, "bravo", runs="web", born_s=10)
    home = node_samples(0, 10, "alpha", runs="web")
    assert back(home, cut(10, "alpha"), power(10.25, "alpha"), twin, BACK) == 0


@pytest.mark.parametrize(
    ("before_s", "good", "anew_s", "count"),
    [(5, True, 24, 1), (4.5, True, 24, 0), (6, False, 24, 0), (6, True, 10, 0), (6, True, 11, 1)],
    ids=["at its birth", "before it", "no answer", "as the fault begins", "after it"],
)
def test_a_guest_boots_anew_if_its_process_answered_before_with_another_boot(
    before_s: float, good: bool, anew_s: float, count: int
) -> None:
    begun = [
        node_sample(0, "bravo"),
        *node_samples(6, 40, "bravo", runs="shop", born_s=5),
        cut(10, "alpha"),
    ]
    asked = [
        sample(2, guest="shop"),
        sample(before_s, guest="shop", good=good, took_s=0),
        sample(anew_s, guest="shop", boot="g2", took_s=0),
    ]
    assert hurt(begun, asked) == count
