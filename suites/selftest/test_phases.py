"""A failover is split at what was seen of it; what was not seen is not invented."""

from datetime import timedelta

import pytest

from harness.judge.measures.phases import Moment, Phase, phases
from harness.record.timeline import Event
from suites.selftest.records import cut, fenced, line, look, members, role, sample

CLOCKS = [
    Event(40, "journal", "clock", {"node": "bravo", "offset_s": 0.0, "uncertainty_s": 0.2}),
    Event(40, "watch", "clock", {"node": "bravo", "offset_s": 0.0, "uncertainty_s": 0.1}),
    Event(40, "journal", "clock", {"node": "arbiter", "offset_s": 0.0, "uncertainty_s": 0.3}),
]
HEALTHY = [look(8, "alpha", runs="web"), look(8, "bravo"), sample(9)]
SILENT = [sample(29.91 - number * 0.08, good=False) for number in range(4)]
FAILOVER = [
    *(*HEALTHY, cut(10, "alpha"), sample(10.1, good=False)),
    *(look(11, "alpha"), look(12, "bravo"), members(13, "alpha"), members(14, "bravo")),
    *(look(15, "bravo"), fenced(17, "alpha"), fenced(17.1, "alpha", on="arbiter")),
    *(look(18, "bravo", primary="web"), look(20, "bravo", primary="web")),
    *(look(21, "bravo", runs="web"), *SILENT, sample(29.99), *CLOCKS),
]


def told(events: list[Event]) -> list[tuple[str, str, float, float, bool]]:
    return [
        (
            phase.begin.what,
            phase.end.what,
            round(phase.length.total_seconds(), 2),
            round(phase.uncertainty.total_seconds(), 2),
            phase.told_apart,
        )
        for phase in phases(events, "web")
    ]


def test_a_failover_has_five_phases_each_as_sure_as_looks_and_clocks_allow() -> None:
    assert told(FAILOVER) == [
        ("fault", "membership", 4.0, 0.2, True),
        ("membership", "fenced", 3.0, 0.2, True),
        ("fenced", "promoted", 1.0, 3.0, False),
        ("promoted", "started", 3.0, 3.0, True),
        ("started", "answer", 9.0, 1.0, True),
    ]


def test_a_promotion_is_as_sure_as_the_clock_when_drbd_tells_it() -> None:
    words = [role(16.9, "alpha", "Primary"), role(17, "bravo", "Secondary")]
    record = [*FAILOVER, *words, role(17.5, "bravo", "Primary")]
    record.sort(key=lambda event: event.at_s)
    assert told(record)[2:4] == [
        ("fenced", "promoted", 0.5, 0.2, True),
        ("promoted", "started", 3.5, 1.0, True),
    ]


@pytest.mark.parametrize(
    ("not_before_s", "apart"), [(12.0, True), (10.0, True), (9.9, False)], ids=str
)
def test_two_moments_are_told_apart_when_the_later_look_began_after_the_first(
    not_before_s: float, apart: bool
) -> None:
    phase = Phase(Moment("fault", 10.0, 10.0), Moment("fenced", not_before_s, 13.0))
    assert phase.told_apart is apart
    assert phase.length == timedelta(seconds=3)


def test_a_clock_that_nobody_read_is_taken_as_it_is() -> None:
    unread = [event for event in FAILOVER if event.kind != "clock"]
    assert told(unread)[1] == ("membership", "fenced", 3.0, 0.0, True)


def test_of_two_clocks_the_surer_one_counts() -> None:
    surer = Event(41, "journal", "clock", {"node": "bravo", "offset_s": 0.0, "uncertainty_s": 0.1})
    assert told([*FAILOVER, surer])[0] == ("fault", "membership", 4.0, 0.1, True)


def test_each_life_of_a_node_has_its_own_clock() -> None:
    lives = [
        Event(41, "journal", "clock", {"node": "bravo", "boot": boot, "uncertainty_s": doubt})
        for boot, doubt in (("1", 0.15), ("2", 0.1))
    ]
    assert told([*FAILOVER, *lives])[0] == ("fault", "membership", 4.0, 0.15, True)


@pytest.mark.parametrize(
    "record",
    [
        [],
        HEALTHY,
        [*HEALTHY, cut(10, "bravo"), *FAILOVER[4:]],
        [*HEALTHY, cut(10, "arbiter"), *FAILOVER[4:]],
        FAILOVER[3:],
        [*HEALTHY, cut(10, "alpha"), sample(12)],
        [*HEALTHY, cut(10, "alpha"), sample(11, good=False)],
    ],
    ids=[
        *("nothing", "no fault", "not its node", "the arbitrator", "never seen before"),
        *("nothing happens", "no end"),
    ],
)
def test_without_a_fault_that_hit_the_guest_or_an_end_nothing_is_told(record: list[Event]) -> None:
    assert told(record) == []


def test_where_the_guest_was_last_seen_counts() -> None:
    moved = [look(8.5, "alpha"), look(9, "bravo", runs="web")]
    assert told([*HEALTHY, *moved, *FAILOVER[3:]]) == []


def test_an_outage_before_the_fault_is_not_its_end() -> None:
    early = [sample(2), sample(3, good=False), sample(8)]
    assert told([*early, *HEALTHY, cut(10, "alpha"), sample(11)]) == []


def test_the_lost_node_tells_nothing_and_nothing_from_before_counts() -> None:
    before = [members(5, "bravo"), fenced(6, "bravo"), *HEALTHY, cut(10, "alpha")]
    lost = [
        *(members(11, "alpha"), fenced(12, "bravo", on="alpha")),
        *(look(13, "alpha", runs="web"), line(14, "bravo", "corosync", "[TOTEM ] a token")),
    ]
    assert told([*before, *lost]) == []


def test_what_was_seen_first_without_a_look_before_began_at_the_fault() -> None:
    assert told([*HEALTHY, cut(10, "alpha"), look(18, "bravo", primary="web")]) == [
        ("fault", "promoted", 8.0, 8.0, True)
    ]
