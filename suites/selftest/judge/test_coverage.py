"""A hole that is too long makes a test invalid; each is named once."""

import pytest

from harness.judge.coverage import REQUIRED, holes
from harness.record.events import Closed
from harness.record.timeline import Record
from suites.selftest.judge.covered_record import (
    OBSERVATIONS,
    Match,
    agent,
    http,
    icmp,
    observed_between,
    without,
    without_node_load,
    written,
)
from suites.selftest.node_events import node_sample
from suites.selftest.records import OBSERVERS, opened, record


def test_a_record_of_which_every_part_was_seen_has_no_hole() -> None:
    assert list(holes(record(OBSERVATIONS))) == []


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
        f"{observer} saw nothing of {part} from 5.0 to {until_s:.1f} s, the limit is {most_s} s"
    ]


@pytest.mark.parametrize("key", ["waited", "stalled_s"])
@pytest.mark.parametrize("machine", ["alpha", "bravo", "arbiter"])
def test_the_scheduler_must_be_known_of_every_node(key: str, machine: str) -> None:
    assert list(holes(record(without_node_load(key, machine, 5, 8)))) == []
    assert list(holes(record(without_node_load(key, machine, 5, 9)))) == [
        f"host_load saw nothing of {machine} from 5.0 to 9.0 s, the limit is 3 s"
    ]


def test_what_an_observer_saw_of_one_part_it_did_not_see_of_another() -> None:
    events = [
        *without(http("web"), 5, 7),
        *(node_sample(at_s, "arbiter") for at_s in range(40)),
    ]
    assert list(holes(record(events))) == [
        "http_probe saw nothing of web from 5.0 to 7.0 s, the limit is 1 s"
    ]


def test_of_several_holes_the_longest_is_named() -> None:
    events = [e for e in without(agent("alpha"), 5, 10) if not (agent("alpha")(e) and e.at_s > 34)]
    assert list(holes(record(events))) == [
        "node_agent saw nothing of alpha from 34.0 to 40.0 s, the limit is 3 s"
    ]
    longer = [e for e in events if not (agent("alpha")(e) and e.at_s < 12)]
    assert list(holes(record(longer))) == [
        "node_agent saw nothing of alpha from 0.0 to 12.0 s, the limit is 3 s"
    ]


def test_a_part_that_was_never_seen_is_a_hole_from_settled_to_the_observers_end() -> None:
    events = [e for e in OBSERVATIONS if not agent("alpha")(e)]
    assert list(holes(observed_between(events, settled_s=10, until_s=30))) == [
        "node_agent saw nothing of alpha from 10.0 to 30.0 s, the limit is 3 s"
    ]


def test_only_what_is_between_settled_and_the_observers_end_counts() -> None:
    """A hole over one of these moments counts from or to it."""
    events = without(agent("alpha"), 8, 15)
    events = [e for e in events if not (agent("alpha")(e) and 25 < e.at_s < 35)]
    assert list(holes(observed_between(events, settled_s=12, until_s=28))) == []
    assert list(holes(observed_between(events, settled_s=12, until_s=28.5))) == [
        "node_agent saw nothing of alpha from 25.0 to 28.5 s, the limit is 3 s"
    ]
    assert list(holes(observed_between(events, settled_s=11.5, until_s=28))) == [
        "node_agent saw nothing of alpha from 11.5 to 15.0 s, the limit is 3 s"
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
    assert list(holes(Record([beginning, *OBSERVATIONS]))) == ["consoles did not take part"]
    assert set(REQUIRED) == set(OBSERVERS)
