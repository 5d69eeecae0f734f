"""What counts as a moment of a failover; what was not seen is not invented."""

from datetime import timedelta

import pytest

from harness.judge.measures.outage import Outage
from harness.record.events import Event, JournalLine
from suites.selftest.judge.failover_phases import (
    CUT,
    FAILOVER,
    HEALTHY,
    SURVIVOR,
    measured,
    moments,
)
from suites.selftest.node_events import fenced, line, members, node_sample, node_samples, role
from suites.selftest.records import cut, fault


def test_a_membership_that_still_has_the_victim_does_not_count() -> None:
    early = line(11, "arbiter", "corosync", "  [QUORUM] Members[2]: 1 3")
    whole = line(12, "bravo", "corosync", "  [QUORUM] Members[3]: 1 2 3")
    assert moments([*FAILOVER, early, whole])["membership"] == 3.0


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("  [QUORUM] Members[2]: 102 103", True),
        ("  [QUORUM] Members[3]: 101 102 103", False),
        ("  [QUORUM] Members[2]", False),
        ("  [QUORUM] Members[2]:", True),
        ("  [QUORUM] Members[1]: 3", True),
    ],
)
def test_of_members_that_cannot_be_named_fewer_than_all_count(text: str, counts: bool) -> None:
    events = [*CUT, line(12, "arbiter", "corosync", text)]
    assert ("membership" in moments(events)) is counts


def test_only_the_confirmation_of_the_victim_counts() -> None:
    assert moments([*FAILOVER, fenced(14, "arbiter")])["fenced"] == 4.0


def test_nothing_that_the_victim_reports_counts_and_nothing_from_before() -> None:
    before = [members(7, "bravo"), fenced(8, "alpha"), role(8.5, "bravo", "Primary")]
    victims = [members(11, "alpha"), fenced(11.5, "alpha", on="alpha")]
    assert moments([*before, *FAILOVER, *victims]) == moments(FAILOVER)


def test_a_start_in_the_victims_next_life_is_none_of_the_failover() -> None:
    again = node_samples(50, 52, "alpha", runs="web", boot="2", born_s=49)
    assert set(moments([*CUT, *again])) == {"answer"}


def test_a_promotion_without_a_look_before_began_at_the_fault_at_the_earliest() -> None:
    alone = [*CUT, *node_samples(18, 20, "bravo", runs="shop", primary="shop web")]
    assert measured(alone)[0] == ("fault", "promoted", 8.0, 8.0, True)


def test_the_answer_is_the_end_of_the_outage_that_the_fault_made() -> None:
    second = timedelta(seconds=1)
    outages = [Outage(2, 5, second), Outage(9.9, 16, second), Outage(40, 130, second)]
    assert measured(CUT, outages) == [("fault", "answer", 6.0, 1.0, True)]


def test_an_outage_of_the_next_fault_is_not_the_first_ones() -> None:
    outages = [Outage(30, 40, timedelta(seconds=1))]
    assert moments([*CUT, cut(20, "bravo")], outages) == {}


def test_an_outage_that_is_not_over_has_no_answer() -> None:
    outages = [Outage(9.9, 30, timedelta(seconds=1), over=False)]
    assert "answer" not in moments(FAILOVER, outages)
    assert "started" in moments(FAILOVER, outages)


def test_a_guest_that_was_hit_has_phases_though_nobody_missed_it() -> None:
    assert list(moments(FAILOVER, [])) == ["membership", "fenced", "promoted", "started"]


def test_a_bystander_that_is_held_up_waits_for_the_fencing() -> None:
    assert measured(FAILOVER, guest="shop") == [
        ("fault", "fenced", 7.0, 0.3, True),
        ("fenced", "answer", 13.0, 1.3, True),
    ]


@pytest.mark.parametrize(("began_s", "waits"), [(16.9, True), (17, True), (17.1, False)])
def test_a_bystander_that_is_held_up_only_after_the_fencing_has_no_phases(
    began_s: float, waits: bool
) -> None:
    """It did not wait for the fencing, so its outage is not the fault's."""
    found = moments(FAILOVER, [Outage(began_s, 30, timedelta(seconds=1))], guest="shop")
    assert list(found) == (["fenced", "answer"] if waits else [])


def test_a_bystander_whose_peer_was_not_fenced_has_its_answer_alone() -> None:
    unfenced = [e for e in FAILOVER if not (isinstance(e, JournalLine) and e.at_s >= 17)]
    assert measured(unfenced, guest="shop") == [("fault", "answer", 20.0, 1.0, True)]


def test_a_bystander_without_an_outage_has_no_phases() -> None:
    assert measured(FAILOVER, [], guest="shop") == []


@pytest.mark.parametrize(
    "events",
    [
        [],
        HEALTHY,
        [*HEALTHY, fault(10), *SURVIVOR],
        [*HEALTHY, fault(10, "alpha", "bravo"), *SURVIVOR],
    ],
    ids=["nothing", "no fault", "a fault of no node", "a fault of two nodes"],
)
def test_without_a_fault_of_one_node_there_are_no_phases(events: list[Event]) -> None:
    assert measured(events) == []


def test_only_the_first_fault_is_split() -> None:
    assert moments([*HEALTHY, fault(9.5), cut(10, "alpha"), *SURVIVOR]) == {}


def test_where_the_guest_was_last_seen_counts() -> None:
    moved = [node_sample(9.3, "alpha"), node_sample(9.5, "bravo", runs="shop web", born_s=9.4)]
    events = [*HEALTHY, *moved, *FAILOVER[len(HEALTHY) :]]
    assert list(moments(events)) == ["fenced", "answer"]


def test_a_copy_that_ran_elsewhere_for_a_moment_does_not_move_the_guest() -> None:
    copy = node_sample(7.5, "bravo", runs="web", pids=[7], born_s=7.2)
    assert moments([*FAILOVER, copy]) == moments(FAILOVER)


def test_a_guest_that_was_seen_nowhere_before_is_a_bystander() -> None:
    assert list(moments(FAILOVER[len(HEALTHY) :])) == ["fenced", "answer"]


def test_a_guest_on_a_victim_that_falls_silent_and_keeps_its_power_was_hit() -> None:
    silent = [e for e in FAILOVER if e not in CUT[-1:]]
    assert list(moments(silent)) == ["membership", "fenced", "promoted", "started", "answer"]
