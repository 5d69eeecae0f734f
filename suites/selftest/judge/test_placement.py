"""I4 and I10: a guest that runs where it may not turns a record red; a torn look does not."""

from collections.abc import Sequence

import pytest

from harness.judge.invariants.placement import (
    never_on_arbitrator,
    only_on_its_primary,
    only_with_quorum,
)
from harness.record.events import Event, NodeSurvey
from harness.record.status import NodeStatus
from harness.record.timeline import Record
from suites.selftest.node_events import clock, line, node_sample, node_samples, power, quorum
from suites.selftest.records import opened, record

BRAVO = node_samples(0, 10, "bravo")
BEGUN = node_samples(11, 15, "bravo", runs="web", born_s=10.5)
BOOTED = [power(1, "bravo"), power(2, "bravo", "started"), node_sample(8, "bravo", boot="2")]
SECOND = node_samples(11, 15, "bravo", runs="web", born_s=10.5, boot="2")
EARLY = "web began to run on bravo at 10.5 s without quorum"


def without(*events: Event | Sequence[Event]) -> list[str]:
    return list(only_with_quorum(record(*events)))


def astray(*events: Event | Sequence[Event]) -> list[str]:
    return list(only_on_its_primary(record(*events)))


def test_the_life_that_was_there_as_the_cluster_settled_has_quorum() -> None:
    assert without(BRAVO, BEGUN) == []


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([quorum(5, "bravo", lost=True)], [EARLY]),
        ([quorum(5, "bravo", lost=True), quorum(7, "bravo", lost=True)], [EARLY]),
        ([quorum(5, "bravo", lost=True), quorum(10.75, "bravo", lost=True)], [EARLY]),
        ([quorum(4, "alpha", lost=True), quorum(5, "bravo", lost=True)], [EARLY]),
        ([quorum(5, "bravo", lost=True), quorum(6, "bravo")], []),
        ([quorum(5, "alpha", lost=True)], []),
        ([quorum(5, "bravo", lost=True, boot="0")], []),
        ([quorum(12, "bravo", lost=True)], []),
    ],
    ids=[
        *("lost", "reported twice", "reported again later", "another lost it first", "had again"),
        *("of another", "of another life", "lost later"),
    ],
)
def test_a_guest_does_not_begin_on_a_node_that_lost_its_quorum(
    lines: Sequence[Event], found: list[str]
) -> None:
    assert (
        without(node_sample(0, "bravo"), line(0, "bravo", "corosync", "hello"), BEGUN, lines)
        == found
    )


def test_a_node_that_boots_in_the_test_has_no_quorum_until_it_reports_so() -> None:
    corosync = line(9, "bravo", "corosync", "  [MAIN  ] started", boot="2")
    assert without(node_sample(0, "bravo"), BOOTED, corosync, SECOND) == [EARLY]
    assert (
        without(node_sample(0, "bravo"), BOOTED, corosync, SECOND, quorum(10, "bravo", boot="2"))
        == []
    )
    assert without(node_sample(0, "bravo"), BOOTED, corosync, SECOND, quorum(12, "bravo")) == [
        EARLY
    ]


def test_the_first_life_of_a_node_that_gets_its_power_in_the_test_has_no_quorum() -> None:
    corosync = line(9, "bravo", "corosync", "  [MAIN  ] started", boot="2")
    assert without(BOOTED[1:], corosync, SECOND) == [EARLY]


def test_nobody_knows_the_quorum_of_a_life_whose_journal_was_not_read() -> None:
    assert without(node_sample(0, "bravo"), BOOTED, SECOND) == []


@pytest.mark.parametrize(("uncertainty_s", "count"), [(0.04, 1), (0.06, 0)])
def test_what_two_clocks_cannot_tell_apart_is_no_breach(uncertainty_s: float, count: int) -> None:
    """By both readings of one node's clock, so twice the uncertainty."""
    near = [quorum(5, "bravo", lost=True), quorum(10.6, "bravo")]
    assert len(without(BRAVO, BEGUN, near, clock(0, "bravo", uncertainty_s))) == count
    just_lost = [quorum(10.4, "bravo", lost=True), quorum(30, "bravo")]
    assert len(without(BRAVO, BEGUN, just_lost, clock(0, "bravo", uncertainty_s))) == count


@pytest.mark.parametrize(("agent_s", "journals_s"), [(0.5, 0.25), (0.25, 0.5)])
def test_both_clocks_of_a_node_count_for_its_quorum(agent_s: float, journals_s: float) -> None:
    """The agent knows when a guest began, the journal when quorum was lost."""
    clocks = [
        clock(0, "bravo", agent_s),
        clock(0, "bravo", journals_s).model_copy(update={"reader": "journals"}),
    ]
    for lost_s, had_s, found in ((9.75, 11.25, [EARLY]), (10, 11.25, []), (9.75, 11, [])):
        stretch = [quorum(lost_s, "bravo", lost=True), quorum(had_s, "bravo")]
        assert without(BRAVO, BEGUN, stretch, clocks) == found


def test_a_guest_that_comes_into_sight_again_has_not_begun() -> None:
    gap = [node_sample(0, "alpha", runs="web"), quorum(1, "alpha", lost=True)]
    assert without(gap, node_samples(9, 12, "alpha", runs="web")) == []


RUNS = node_samples(0, 170, "bravo", runs="web shop")
LOST = quorum(110, "bravo", lost=True)


def test_a_guest_that_runs_on_without_quorum_for_too_long_is_a_breach() -> None:
    assert without(RUNS, LOST, quorum(160, "bravo")) == [
        f"{guest} ran on bravo for 50.0 s without quorum, the limit is 30.0 s"
        for guest in ("web", "shop")
    ]
    assert len(without(RUNS, LOST)) == 2


def test_a_guest_that_stops_in_time_is_none() -> None:
    stopped = node_samples(136, 170, "bravo", runs="shop")
    assert (
        without(node_samples(0, 135, "bravo", runs="web"), LOST, stopped, quorum(139, "bravo"))
        == []
    )
    assert without(RUNS, LOST, quorum(139, "bravo")) == []


def test_what_ran_before_the_quorum_was_lost_does_not_count_for_the_limit() -> None:
    before = [power(50, "bravo", "suspended"), power(60, "bravo", "resumed")]
    assert without(RUNS, LOST, quorum(140, "bravo"), before) == []


def test_the_limit_allows_for_the_uncertainty_of_the_clocks() -> None:
    back = quorum(140.1, "bravo")
    assert len(without(RUNS, LOST, back)) == 2
    assert without(RUNS, LOST, back, clock(0, "bravo", 0.06)) == []


def test_a_suspended_node_runs_nothing_without_quorum() -> None:
    frozen = [power(115, "bravo", "suspended"), power(155, "bravo", "resumed")]
    assert without(RUNS, LOST, quorum(160, "bravo"), frozen) == []


STRAY = [node_sample(t, "alpha", runs="web", primary="") for t in (230.1, 230.4)]
EVIDENCE = "web ran on alpha at 230.1 s, its replica there not primary"


def test_a_guest_without_its_primary_is_a_breach_and_is_reported_once() -> None:
    stays = node_sample(230.6, "alpha", runs="web", primary="")
    assert astray(node_sample(229, "alpha", runs="web"), STRAY, stays) == [EVIDENCE]


def test_another_replica_set_that_is_primary_there_does_not_count() -> None:
    beside = [node_sample(t, "alpha", runs="web", primary="shop") for t in (230.1, 230.4)]
    assert astray(beside) == [EVIDENCE]


def test_one_look_alone_is_torn() -> None:
    assert astray(STRAY[0]) == []
    assert astray(STRAY[0], node_sample(230.2, "alpha", runs="web"), STRAY[1]) == []


def test_looks_of_two_lives_or_across_a_hole_are_not_in_a_row() -> None:
    assert astray(STRAY[0], node_sample(230.4, "alpha", runs="web", primary="", boot="2")) == []
    assert astray(STRAY[0], node_sample(233.2, "alpha", runs="web", primary="")) == []
    apart = [node_sample(t, "alpha", runs="web", primary="") for t in (230, 233)]
    assert len(astray(apart)) == 1


def test_no_look_follows_another_where_no_agent_watches() -> None:
    nobody = opened().model_copy(update={"observers": {}})
    assert list(only_on_its_primary(Record([nobody, *STRAY]))) == []


def test_looks_at_another_node_do_not_part_a_row() -> None:
    assert astray(STRAY[0], node_sample(230.2, "bravo"), STRAY[1]) == [EVIDENCE]


def test_a_guest_on_the_arbitrator_is_a_breach_and_one_on_a_data_node_is_none() -> None:
    surveys = [
        NodeSurvey(at_s=at_s, node=node, status=NodeStatus("1", {}, ("web",)))
        for at_s, node in ((110, "alpha"), (120, "arbiter"), (125, "arbiter"))
    ]
    assert list(never_on_arbitrator(record(surveys))) == [
        "web ran on arbiter at 120.0 s, which holds no replica"
    ]
