"""A node without power need not be seen, nor one that boots or is suspended."""

from collections.abc import Sequence

import pytest

from harness.judge.coverage import SHUTDOWN_S, booting, holes
from harness.record.events import Event
from harness.record.power import Stretch
from suites.selftest.judge.covered_record import agent, http, without, without_node_load
from suites.selftest.node_events import joins, members, node_sample, power
from suites.selftest.records import fault, record

DOWN = [power(5, "alpha"), power(20, "alpha", "started"), members(21, "alpha", boot="2")]
"""The agent must be there from 36 s on, this host's scheduler is asked from 20 s on."""


def dark(agent_s: float, load_s: float) -> list[Event]:
    """Alpha loses its power at 5 s; the agent and the scheduler are seen again at these moments."""
    loads = without_node_load("waited", "alpha", 5, load_s)
    return [*DOWN, *(e for e in loads if not (agent("alpha")(e) and 5 < e.at_s < agent_s))]


def test_a_node_without_power_is_no_hole_nor_is_one_that_boots() -> None:
    assert list(holes(record(dark(39, 23)))) == []


def test_a_node_that_has_power_again_and_booted_must_be_seen() -> None:
    assert list(holes(record(dark(40, 24)))) == [
        "host_load saw nothing of alpha from 20.0 to 24.0 s, the limit is 3 s",
        "node_agent saw nothing of alpha from 36.0 to 40.0 s, the limit is 3 s",
    ]


def test_a_node_that_fell_silent_long_before_its_power_did_is_a_hole() -> None:
    events = [e for e in dark(39, 23) if not (agent("alpha")(e) and 1 < e.at_s <= 5)]
    assert list(holes(record(events))) == [
        "node_agent saw nothing of alpha from 1.0 to 5.0 s, the limit is 3 s"
    ]


def test_a_look_within_an_excuse_does_not_end_it() -> None:
    """As the last lines of a node that is shut down, or an agent that is quick."""
    early = node_sample(25, "alpha", boot="2")
    assert list(holes(record(dark(39, 23), early))) == []


def test_a_node_that_has_no_power_all_along_need_not_be_seen() -> None:
    events = [e for e in without_node_load("stalled_s", "alpha", -1, 99) if not agent("alpha")(e)]
    assert list(holes(record(power(0, "alpha"), events))) == []


def test_a_suspended_node_is_no_hole() -> None:
    stilled = [power(5, "alpha", "suspended"), power(20, "alpha", "resumed")]
    loads = without_node_load("waited", "alpha", 5, 23)
    events = [e for e in loads if not (agent("alpha")(e) and 5 < e.at_s < 23)]
    assert list(holes(record(stilled, events))) == []
    assert list(holes(record(events))) == [
        "host_load saw nothing of alpha from 5.0 to 23.0 s, the limit is 3 s",
        "node_agent saw nothing of alpha from 5.0 to 23.0 s, the limit is 3 s",
    ]


def crashed(at_s: float) -> Event:
    return fault(at_s, "alpha").model_copy(update={"blinds": True})


def test_a_node_whose_kernel_crashed_need_not_be_seen_until_it_loses_power() -> None:
    events = [e for e in dark(39, 23) if not (agent("alpha")(e) and 1 < e.at_s <= 5)]
    assert list(holes(record(crashed(1), events))) == []
    assert list(holes(record(crashed(4.9), events))) == [
        "node_agent saw nothing of alpha from 1.0 to 4.9 s, the limit is 3 s"
    ]


def test_a_node_that_crashed_and_was_not_fenced_is_seen_no_more() -> None:
    events = without(agent("alpha"), 5, 99)
    assert list(holes(record(crashed(5), events))) == []
    blind = fault(5, "bravo").model_copy(update={"blinds": True})
    assert len(list(holes(record(blind, events)))) == 1


def shut_down(at_s: float, node: str = "alpha") -> Event:
    return fault(at_s, node).model_copy(update={"form": {"kind": "shutdown", "node": node}})


def test_a_node_that_shuts_down_need_not_be_seen_just_before_it_is_off() -> None:
    events = [e for e in dark(39, 23) if not (agent("alpha")(e) and 1 < e.at_s <= 5)]
    assert list(holes(record(shut_down(1), events))) == []
    early = "node_agent saw nothing of alpha from 1.0 to 4.9 s, the limit is 3 s"
    assert list(holes(record(shut_down(4.9), events))) == [early]
    never_off = without(agent("alpha"), 5, 9)
    assert len(list(holes(record(shut_down(1), never_off)))) == 1
    assert len(list(holes(record(shut_down(1, "bravo"), events)))) == 1


def test_only_the_last_seconds_of_a_shutdown_are_excused() -> None:
    down = [power(30, "alpha"), power(40, "alpha", "started")]
    seen_s = 30 - SHUTDOWN_S - 4
    silent = without(agent("alpha"), seen_s, 99)
    assert list(holes(record(shut_down(1), down, silent)))[:1] == [
        f"node_agent saw nothing of alpha from {seen_s:.1f} to 24.0 s, the limit is 3 s"
    ]


def test_the_power_of_one_node_excuses_no_other() -> None:
    other = [power(5, "bravo"), power(20, "bravo", "started")]
    assert list(holes(record(other, without(agent("alpha"), 5, 9)))) == [
        "node_agent saw nothing of alpha from 5.0 to 9.0 s, the limit is 3 s"
    ]


def test_nothing_excuses_a_probe_from_asking() -> None:
    assert list(holes(record(DOWN, without(http("web"), 5, 7)))) == [
        "http_probe saw nothing of web from 5.0 to 7.0 s, the limit is 1 s"
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
        ([members(30, "alpha"), joins(50, "alpha")], 50),
        ([members(30, "alpha"), joins(50, "alpha"), joins(70, "alpha")], 50),
        ([members(30, "alpha"), joins(40, "alpha")], 45),
        ([members(30, "alpha"), joins(131, "alpha")], 130),
        ([members(30, "alpha"), joins(50, "bravo")], 45),
        ([members(30, "alpha"), joins(5, "alpha")], 45),
    ],
    ids=[
        *("no membership", "the first", "a second", "another node's", "before", "of that moment"),
        *("late", "almost too late", "too late"),
        *("its controller joins late", "only the first join counts", "it joins early"),
        *("it joins too late", "another node joins", "it joined before"),
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
