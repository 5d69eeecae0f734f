"""A hole that is too long, or a rate that is too low, makes a test invalid; each is named once."""

from collections.abc import Callable, Iterable, Sequence

import pytest

from harness.judge.coverage import REQUIRED, booting, holes
from harness.record.events import (
    Closed,
    Event,
    HostLoad,
    HttpSample,
    IcmpSample,
    NodeLook,
    ObservationEnds,
    Settled,
    Watching,
    Write,
)
from harness.record.power import Stretch
from harness.record.timeline import Record
from suites.selftest.records import (
    OBSERVERS,
    look,
    members,
    opened,
    power,
    record,
    sample,
    watched,
)

Match = Callable[[Event], bool]
END_S = 40.0
WATCHED = watched(END_S)


def http(guest: str) -> Match:
    return lambda event: isinstance(event, HttpSample) and event.guest == guest


def icmp(guest: str) -> Match:
    return lambda event: isinstance(event, IcmpSample) and event.guest == guest


def written(store: str) -> Match:
    return lambda event: isinstance(event, Write) and event.store == store


def agent(node: str) -> Match:
    return lambda event: isinstance(event, NodeLook) and event.node == node


def without(match: Match, from_s: float, until_s: float) -> list[Event]:
    """All that was watched, but for these events between two moments that are still there."""
    return [e for e in WATCHED if not (match(e) and from_s < e.at_s < until_s)]


def deaf(key: str, node: str, from_s: float, until_s: float) -> list[Event]:
    """All that was watched, but this host's scheduler reports nothing of that node."""
    return [
        e.model_copy(update={key: {n: v for n, v in getattr(e, key).items() if n != node}})
        if isinstance(e, HostLoad) and from_s < e.at_s < until_s
        else e
        for e in WATCHED
    ]


def stretched(
    events: Iterable[Event],
    *,
    settled_s: float = 0,
    until_s: float = END_S,
    **changed: Watching,
) -> Record:
    """A record whose observers look from the first of these moments to the second."""
    beginning = opened().model_copy(update={"observers": OBSERVERS | changed})
    borders = [Settled(at_s=settled_s), ObservationEnds(at_s=until_s), Closed(at_s=99)]
    return Record([beginning, *borders, *events])


def test_a_record_of_which_every_part_was_seen_has_no_hole() -> None:
    assert list(holes(record(WATCHED))) == []


PARTS = [
    *((http(guest), "http_probe", guest, 1, 1 / 16) for guest in ("web", "shop")),
    *((icmp(guest), "icmp_probe", guest, 1, 1 / 16) for guest in ("web", "shop")),
    *((written(f"web.{s}"), "write_workload", f"web.{s}", 4, 0.5) for s in ("redis", "file")),
    *((written(f"shop.{s}"), "write_workload", f"shop.{s}", 4, 0.5) for s in ("redis", "file")),
    *((agent(node), "node_agent", node, 3, 1) for node in ("alpha", "bravo")),
]


@pytest.mark.parametrize(
    ("match", "observer", "part", "most_s", "step_s"), PARTS, ids=[f"{p[1]} {p[2]}" for p in PARTS]
)
def test_a_hole_is_named_when_it_is_longer_than_its_observer_promises(
    match: Match, observer: str, part: str, most_s: float, step_s: float
) -> None:
    """Just as long as promised is no hole."""
    until_s = 5 + most_s
    assert list(holes(record(without(match, 5, until_s)))) == []
    until_s += step_s
    assert list(holes(record(without(match, 5, until_s)))) == [
        f"{observer} saw nothing of {part} from 5.0 to {until_s:.1f} s, {most_s} s is the most"
    ]


@pytest.mark.parametrize("key", ["waited", "stalled_s"])
@pytest.mark.parametrize("machine", ["alpha", "bravo", "arbiter"])
def test_the_scheduler_must_be_known_of_every_node(key: str, machine: str) -> None:
    assert list(holes(record(deaf(key, machine, 5, 8)))) == []
    assert list(holes(record(deaf(key, machine, 5, 9)))) == [
        f"host_load saw nothing of {machine} from 5.0 to 9.0 s, 3 s is the most"
    ]


def test_what_an_observer_saw_of_one_part_it_did_not_see_of_another() -> None:
    events = [
        *without(http("web"), 5, 7),
        *(look(at_s, "arbiter") for at_s in range(40)),
    ]
    assert list(holes(record(events))) == [
        "http_probe saw nothing of web from 5.0 to 7.0 s, 1 s is the most"
    ]


def test_of_several_holes_the_longest_is_named() -> None:
    events = [e for e in without(agent("alpha"), 5, 10) if not (agent("alpha")(e) and e.at_s > 34)]
    assert list(holes(record(events))) == [
        "node_agent saw nothing of alpha from 34.0 to 40.0 s, 3 s is the most"
    ]
    longer = [e for e in events if not (agent("alpha")(e) and e.at_s < 12)]
    assert list(holes(record(longer))) == [
        "node_agent saw nothing of alpha from 0.0 to 12.0 s, 3 s is the most"
    ]


def test_a_part_that_was_never_seen_is_a_hole_from_settled_to_the_observers_end() -> None:
    events = [e for e in WATCHED if not agent("alpha")(e)]
    assert list(holes(stretched(events, settled_s=10, until_s=30))) == [
        "node_agent saw nothing of alpha from 10.0 to 30.0 s, 3 s is the most"
    ]


def test_only_what_is_between_settled_and_the_observers_end_counts() -> None:
    """A hole over one of these moments counts from or to it."""
    events = without(agent("alpha"), 8, 15)
    events = [e for e in events if not (agent("alpha")(e) and 25 < e.at_s < 35)]
    assert list(holes(stretched(events, settled_s=12, until_s=28))) == []
    assert list(holes(stretched(events, settled_s=12, until_s=28.5))) == [
        "node_agent saw nothing of alpha from 25.0 to 28.5 s, 3 s is the most"
    ]
    assert list(holes(stretched(events, settled_s=11.5, until_s=28))) == [
        "node_agent saw nothing of alpha from 11.5 to 15.0 s, 3 s is the most"
    ]


def test_an_observer_that_did_not_take_part_is_named_and_asked_for_nothing_more() -> None:
    beginning = opened().model_copy(update={"observers": {}})
    assert list(holes(Record([beginning, Closed(at_s=40)]))) == [
        f"{name} did not take part"
        for name in (
            *("http_probe", "icmp_probe", "write_workload", "node_agent", "journals"),
            *("consoles", "power_log", "host_load", "final_state"),
        )
    ]


def test_one_missing_observer_is_named_among_those_that_are_there() -> None:
    observers = {name: watching for name, watching in OBSERVERS.items() if name != "consoles"}
    beginning = opened().model_copy(update={"observers": observers})
    assert list(holes(Record([beginning, *WATCHED]))) == ["consoles did not take part"]
    assert set(REQUIRED) == set(OBSERVERS)


# Excuses.

DOWN = [power(5, "alpha"), power(20, "alpha", "started"), members(21, "alpha", boot="2")]
"""The agent must be there from 36 s on, this host's scheduler is asked from 20 s on."""


def dark(agent_s: float, load_s: float) -> list[Event]:
    """Alpha loses its power at 5 s; the agent and the scheduler are seen again at these moments."""
    loads = deaf("waited", "alpha", 5, load_s)
    return [*DOWN, *(e for e in loads if not (agent("alpha")(e) and 5 < e.at_s < agent_s))]


def test_a_node_without_power_is_no_hole_nor_is_one_that_boots() -> None:
    assert list(holes(record(dark(39, 23)))) == []


def test_a_node_that_has_power_again_and_booted_must_be_seen() -> None:
    assert list(holes(record(dark(40, 24)))) == [
        "host_load saw nothing of alpha from 20.0 to 24.0 s, 3 s is the most",
        "node_agent saw nothing of alpha from 36.0 to 40.0 s, 3 s is the most",
    ]


def test_a_node_that_fell_silent_long_before_its_power_did_is_a_hole() -> None:
    events = [e for e in dark(39, 23) if not (agent("alpha")(e) and 1 < e.at_s <= 5)]
    assert list(holes(record(events))) == [
        "node_agent saw nothing of alpha from 1.0 to 5.0 s, 3 s is the most"
    ]


def test_a_look_within_an_excuse_does_not_end_it() -> None:
    """As the last lines of a node that is shut down, or an agent that is quick."""
    early = look(25, "alpha", boot="2")
    assert list(holes(record(dark(39, 23), early))) == []


def test_a_node_that_has_no_power_all_along_need_not_be_seen() -> None:
    events = [e for e in deaf("stalled_s", "alpha", -1, 99) if not agent("alpha")(e)]
    assert list(holes(record(power(0, "alpha"), events))) == []


def test_a_suspended_node_is_no_hole() -> None:
    stilled = [power(5, "alpha", "suspended"), power(20, "alpha", "resumed")]
    loads = deaf("waited", "alpha", 5, 23)
    events = [e for e in loads if not (agent("alpha")(e) and 5 < e.at_s < 23)]
    assert list(holes(record(stilled, events))) == []
    assert list(holes(record(events))) == [
        "host_load saw nothing of alpha from 5.0 to 23.0 s, 3 s is the most",
        "node_agent saw nothing of alpha from 5.0 to 23.0 s, 3 s is the most",
    ]


def test_the_power_of_one_node_excuses_no_other() -> None:
    other = [power(5, "bravo"), power(20, "bravo", "started")]
    assert list(holes(record(other, without(agent("alpha"), 5, 9)))) == [
        "node_agent saw nothing of alpha from 5.0 to 9.0 s, 3 s is the most"
    ]


def test_nothing_excuses_a_probe_from_asking() -> None:
    assert list(holes(record(DOWN, without(http("web"), 5, 7)))) == [
        "http_probe saw nothing of web from 5.0 to 7.0 s, 1 s is the most"
    ]


@pytest.mark.parametrize(
    ("joined", "until_s"),
    [
        ([], 130),
        ([members(30, "alpha")], 45),
        ([members(30, "alpha"), members(40, "alpha")], 45),
        ([members(30, "bravo")], 130),
        ([members(5, "alpha")], 130),
        ([members(10, "alpha")], 130),
        ([members(114, "alpha")], 129),
        ([members(120, "alpha")], 130),
        ([members(131, "alpha")], 130),
    ],
    ids=[
        *("no membership", "the first", "a second", "another node's", "before", "of that moment"),
        *("late", "almost too late", "too late"),
    ],
)
def test_a_boot_lasts_until_the_agent_can_be_there(joined: Sequence[Event], until_s: float) -> None:
    started = power(10, "alpha", "started")
    assert list(booting(record(started, joined), "alpha")) == [Stretch(10, until_s)]


def test_each_return_of_power_is_a_boot_and_nothing_else_is() -> None:
    events = [
        *(power(10, "alpha", "started"), power(60, "alpha"), power(300, "alpha", "started")),
        *(power(15, "bravo", "started"), power(16, "alpha", "resumed")),
        *(members(20, "alpha"), members(310, "alpha")),
    ]
    assert list(booting(record(events), "alpha")) == [Stretch(10, 35), Stretch(300, 325)]


# Rates.

NINE = (0.0, 1 / 16, *(n / 8 for n in range(1, 8)))
"""Moments of nine questions in one second."""


def asking(until_s: int, *but: float) -> list[Event]:
    """All that was watched; web is asked nine times a second, but not at some moments."""
    moments = [second + part for second in range(until_s) for part in NINE]
    questions = [sample(at_s) for at_s in [*moments, float(until_s)] if at_s not in but]
    return [*(e for e in WATCHED if not http("web")(e)), *questions]


def test_nine_tenths_of_the_rate_that_was_promised_are_enough() -> None:
    assert list(holes(record(asking(40)))) == []


@pytest.mark.parametrize("missed_s", [0.0, 7.5, 22.5, 39.5])
def test_one_question_less_in_any_ten_seconds_is_too_few(missed_s: float) -> None:
    assert list(holes(record(asking(40, missed_s)))) == [
        "http_probe asked web 8.9 times a second, 10 are needed"
    ]


def test_the_lowest_rate_is_named_of_stretches_that_begin_every_five_seconds() -> None:
    """The slow ten seconds from 5 to 15: from 0 and from 10 on only half of them are slow."""
    slow = [s + part for s in range(5, 15) for part in NINE[:4]]
    assert list(holes(stretched(asking(22, *slow), until_s=22))) == [
        "http_probe asked web 5.0 times a second, 10 are needed"
    ]


def test_the_last_ten_seconds_count_wherever_they_begin() -> None:
    """From 12 to 22 s; the stretch before begins at 10, and has one question more."""
    slow = [s + 0.5 for s in range(20, 22)]
    assert list(holes(stretched(asking(22, *slow), until_s=22))) == [
        "http_probe asked web 8.8 times a second, 10 are needed"
    ]


def test_questions_before_settled_and_after_the_end_are_not_counted() -> None:
    slow = [s + 0.5 for s in (*range(10), *range(30, 40))]
    assert list(holes(stretched(asking(40, *slow), settled_s=10, until_s=30))) == []


def test_a_record_of_less_than_ten_seconds_has_a_rate_too() -> None:
    assert list(holes(stretched(asking(4), until_s=4))) == []
    assert list(holes(stretched(asking(4, 1.5), until_s=4))) == [
        "http_probe asked web 8.8 times a second, 10 are needed"
    ]


def test_a_short_record_begins_with_settled() -> None:
    late = stretched(asking(40, 32.5), settled_s=30, until_s=34)
    assert list(holes(late)) == ["http_probe asked web 8.8 times a second, 10 are needed"]


def test_a_record_no_longer_than_a_hole_may_be_has_no_rate() -> None:
    few = [sample(0), *(e for e in WATCHED if not http("web")(e))]
    assert list(holes(stretched(few, until_s=1))) == []
    assert list(holes(stretched(few, until_s=0))) == []
    assert list(holes(stretched([*few, sample(1)], until_s=1.25))) == [
        "http_probe asked web 1.6 times a second, 10 are needed"
    ]


def test_the_rate_of_echoes_is_held_to_their_own_promise() -> None:
    tight = Watching(longest_hole_s=1, least_hz=20)
    assert list(holes(stretched(WATCHED, icmp_probe=tight))) == [
        f"icmp_probe asked {guest} 16.0 times a second, 20 are needed" for guest in ("web", "shop")
    ]


def test_both_a_hole_and_a_rate_are_named() -> None:
    events = without(http("web"), 5, 35)
    assert list(holes(record(events))) == [
        "http_probe saw nothing of web from 5.0 to 35.0 s, 1 s is the most",
        "http_probe asked web 0.0 times a second, 10 are needed",
    ]
