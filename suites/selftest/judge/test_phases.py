"""A failover is split at what was seen of it; what was not seen is not invented."""

from datetime import timedelta

import pytest

from harness.judge.measures.outage import Outage
from harness.judge.measures.phases import Moment, Phase, phases
from harness.record.events import ClockReading, Event, JournalLine
from suites.selftest.records import (
    clock,
    cut,
    fault,
    fenced,
    line,
    look,
    looks,
    members,
    power,
    record,
    role,
)


def journal_clock(node: str, uncertainty_s: float, *, boot: str = "1") -> ClockReading:
    return ClockReading(
        at_s=40,
        node=node,
        boot=boot,
        reader="journals",
        offset_s=0.0,
        uncertainty_s=uncertainty_s,
    )


HEALTHY = [*looks(5, 9, "alpha", runs="web"), *looks(5, 9, "bravo", runs="shop")]
CUT = [*HEALTHY, cut(10, "alpha"), power(10.2, "alpha")]
SURVIVOR = [
    *looks(12, 17, "bravo", runs="shop"),
    *looks(18, 20, "bravo", runs="shop", primary="shop web"),
    *looks(21, 30, "bravo", runs="shop web", born_s=20.5),
]
FAILOVER = [
    *(*CUT, *SURVIVOR),
    *(members(13, "bravo"), fenced(17, "alpha", on="arbiter"), fenced(17.1, "alpha")),
    *(clock(40, "bravo", 0.1), journal_clock("bravo", 0.2), journal_clock("arbiter", 0.3)),
]
OUTAGE = [Outage(9.9, 30, timedelta(seconds=1))]


def measured(
    events: list[Event], outages: list[Outage] = OUTAGE, guest: str = "web"
) -> list[tuple[str, str, float, float, bool]]:
    return [
        (
            phase.begin.what,
            phase.end.what,
            round(phase.length.total_seconds(), 2),
            round(phase.uncertainty.total_seconds(), 2),
            phase.distinct,
        )
        for phase in phases(record(events), guest, outages)
    ]


def moments(
    events: list[Event], outages: list[Outage] = OUTAGE, guest: str = "web"
) -> dict[str, float]:
    """What was seen, and how long after the one before."""
    return {what: length for _, what, length, _, _ in measured(events, outages, guest)}


def test_a_failover_has_five_phases_each_as_sure_as_looks_and_clocks_allow() -> None:
    assert measured(FAILOVER) == [
        ("fault", "membership", 3.0, 0.2, True),
        ("membership", "fenced", 4.0, 0.5, True),
        ("fenced", "promoted", 1.0, 1.4, False),
        ("promoted", "started", 2.5, 1.2, True),
        ("started", "answer", 9.5, 1.1, True),
    ]


def test_a_promotion_is_as_sure_as_the_clock_when_drbd_reports_it() -> None:
    others = [role(17.2, "bravo", "Secondary"), role(17.3, "bravo", "Primary", guest="shop")]
    found = measured([*FAILOVER, *others, role(17.5, "bravo", "Primary")])
    assert found[2:4] == [
        ("fenced", "promoted", 0.5, 0.4, True),
        ("promoted", "started", 3.0, 0.2, True),
    ]


def test_only_drbds_word_on_the_replica_itself_makes_a_promotion_surer() -> None:
    word = role(18, "bravo", "Primary")
    peers = word.model_copy(update={"what": "connection"})
    assert measured([*FAILOVER, peers]) == measured(FAILOVER)
    assert measured([*FAILOVER, word])[2] == ("fenced", "promoted", 1.0, 0.4, True)


def test_looks_at_another_node_make_a_promotion_no_surer() -> None:
    assert measured([*FAILOVER, look(17.5, "alpha", boot="2")]) == measured(FAILOVER)


def test_a_promotion_that_an_agent_finds_at_its_start_is_as_sure_as_its_looks() -> None:
    found = measured([*FAILOVER, role(17.5, "bravo", "Primary", change="exists")])
    assert found[2] == ("fenced", "promoted", 0.5, 0.9, False)


def test_a_phase_is_as_sure_as_both_its_moments() -> None:
    begin, end = Moment("fenced", 9.8, 10.0, 10.3), Moment("promoted", 12.0, 13.0, 13.4)
    assert Phase(begin, end).length == timedelta(seconds=3)
    assert Phase(begin, end).uncertainty.total_seconds() == pytest.approx(1.3)
    assert Phase(end, begin).uncertainty.total_seconds() == pytest.approx(1.3)


@pytest.mark.parametrize(
    ("earliest_s", "distinct"), [(12.0, True), (10.1, True), (10.0, False)], ids=str
)
def test_two_moments_are_distinct_when_the_later_one_surely_came_later(
    earliest_s: float, distinct: bool
) -> None:
    begin = Moment("fault", 9.9, 10.0, 10.1)
    assert Phase(begin, Moment("fenced", earliest_s, 13.0, 13.0)).distinct is distinct


def test_a_phase_is_stored_in_milliseconds() -> None:
    phase = Phase(Moment("fault", 10, 10, 10), Moment("fenced", 12.0004, 12.5004, 12.5004))
    assert phase.plain() == {
        "phase": "fault → fenced",
        "length_s": 2.5,
        "uncertainty_s": 0.5,
        "distinct": True,
    }


def test_each_life_of_a_node_has_its_own_clock() -> None:
    other = journal_clock("bravo", 0.05, boot="2")
    assert measured([*FAILOVER, other])[0] == ("fault", "membership", 3.0, 0.2, True)


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
    again = looks(50, 52, "alpha", runs="web", boot="2", born_s=49)
    assert set(moments([*CUT, *again])) == {"answer"}


def test_a_promotion_without_a_look_before_began_at_the_fault_at_the_earliest() -> None:
    alone = [*CUT, *looks(18, 20, "bravo", runs="shop", primary="shop web")]
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
    moved = [look(9.3, "alpha"), look(9.5, "bravo", runs="shop web", born_s=9.4)]
    events = [*HEALTHY, *moved, *FAILOVER[len(HEALTHY) :]]
    assert list(moments(events)) == ["fenced", "answer"]


def test_a_copy_that_ran_elsewhere_for_a_moment_does_not_move_the_guest() -> None:
    copy = look(7.5, "bravo", runs="web", pids=[7], born_s=7.2)
    assert moments([*FAILOVER, copy]) == moments(FAILOVER)


def test_a_guest_that_was_seen_nowhere_before_is_a_bystander() -> None:
    assert list(moments(FAILOVER[len(HEALTHY) :])) == ["fenced", "answer"]


def test_a_guest_on_a_victim_that_falls_silent_and_keeps_its_power_was_hit() -> None:
    silent = [e for e in FAILOVER if e not in CUT[-1:]]
    assert list(moments(silent)) == ["membership", "fenced", "promoted", "started", "answer"]
