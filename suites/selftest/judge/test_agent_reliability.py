"""Agents run through each boot of their nodes, and agree with the survey."""

import pytest

from harness.judge.reliability import unreliable
from harness.record.events import (
    Closed,
    Event,
    JournalRead,
    ObservationEnds,
    Settled,
    StreamOpened,
)
from harness.record.timeline import Record
from suites.selftest.judge.reliable_record import END_S, RELIABLE, reasons
from suites.selftest.node_events import blind, clock, journal, node_sample, power, started, survey
from suites.selftest.records import cut, opened


def test_accounts_that_are_whole_and_agree_can_be_relied_on() -> None:
    lives = [node_sample(5, "alpha", runs="web"), survey(5, "arbiter")]
    agents = [started(0, "alpha"), started(0, "bravo")]
    assert reasons(lives, agents) == []


# Agents.


def test_an_agent_is_started_once_in_a_boot() -> None:
    other = [started(50, "alpha", boot="2"), started(50, "bravo"), clock(50, "alpha", 0, boot="2")]
    assert reasons(started(1, "alpha"), other) == []


def test_an_agent_that_was_started_again_is_named_with_its_number_of_starts() -> None:
    assert reasons(*(started(at_s, "alpha") for at_s in (1, 30, 60)), started(1, "bravo")) == [
        "node_agent on alpha was started 3 times in one boot"
    ]
    assert reasons(*(started(at_s, "bravo") for at_s in (1, 30))) == [
        "node_agent on bravo was started 2 times in one boot"
    ]


@pytest.mark.parametrize("stream", ["drbd", "libvirt"])
def test_a_stream_of_events_must_not_end(stream: str) -> None:
    assert reasons(blind(50, stream, "alpha")) == [f"{stream}: alpha: no answer"]


@pytest.mark.parametrize("observer", ["node_agent", "survey", "consoles"])
def test_a_gap_of_another_observer_is_left_to_its_coverage(observer: str) -> None:
    assert reasons(blind(50, observer, "alpha")) == []


@pytest.mark.parametrize(("at_s", "counts"), [(9, 0), (10, 1), (90, 1), (91, 0)])
def test_a_stream_may_end_before_settled_and_after_the_observers_end(
    at_s: float, counts: int
) -> None:
    borders = [opened(), Settled(at_s=10), ObservationEnds(at_s=90), Closed(at_s=END_S)]
    events = [e for e in RELIABLE if not isinstance(e, JournalRead)]
    read = [journal(node, 0, 95) for node in ("alpha", "bravo", "arbiter")]
    ended = blind(at_s, "drbd", "alpha")
    found = list(unreliable(Record([*borders, *events, *read, ended])))
    assert found == ["drbd: alpha: no answer"] * counts


@pytest.mark.parametrize(("at_s", "counts"), [(18.9, 1), (19, 0), (25, 0), (30, 0), (30.1, 1)])
def test_a_stream_may_end_with_its_nodes_power(at_s: float, counts: int) -> None:
    """It may be a second early: the node's clock is off, or its processes ended first."""
    down = [power(20, "alpha"), power(30, "alpha", "started")]
    assert len(reasons(down, blind(at_s, "drbd", "alpha"))) == counts
    assert reasons(down, blind(25, "drbd", "bravo")) == ["drbd: bravo: no answer"]


@pytest.mark.parametrize(
    ("fault_s", "victim", "stream", "opened_s", "counts"),
    [
        (40, "alpha", "libvirt", 60, 0),
        (50, "alpha", "libvirt", 60, 0),
        (51, "alpha", "libvirt", 60, 1),
        (40, "bravo", "libvirt", 60, 1),
        (40, "alpha", "drbd", 60, 1),
        (40, "alpha", "libvirt", 49, 1),
    ],
    ids=[
        *("a victim's", "at once", "before the fault", "another node's"),
        *("the other stream", "opened before"),
    ],
)
def test_a_stream_may_end_for_a_fault_of_its_node_if_it_opens_again(
    fault_s: float, victim: str, stream: str, opened_s: float, counts: int
) -> None:
    again = StreamOpened(at_s=opened_s, node="alpha", boot="1", stream=stream)
    found = reasons(cut(fault_s, victim), blind(50, "libvirt", "alpha"), again)
    assert len(found) == counts


@pytest.mark.parametrize(("fault_s", "counts"), [(40, 0), (51, 1)])
def test_a_stream_may_end_in_a_shutdown_of_its_node(fault_s: float, counts: int) -> None:
    down = [power(70, "alpha"), power(80, "alpha", "started")]
    hit, ended = cut(fault_s, "alpha"), blind(50, "libvirt", "alpha")
    assert len(reasons(down, hit, ended)) == counts


# The agent against the survey.


def around(at_s: float, runs: str, *, node: str = "alpha", boot: str = "1") -> list[Event]:
    """Looks from one second before to one after."""
    return [node_sample(at_s + off, node, runs=runs, boot=boot) for off in (-1, 0, 1)]


CONTRADICTION = "node_agent and survey contradict each other: {0} on {1} at {2} s"


def test_the_agent_sees_each_guest_of_which_the_survey_reports() -> None:
    assert reasons(around(50, "web"), survey(50, "alpha", "web")) == []
    assert reasons(around(50, "web"), survey(50, "alpha")) == [
        CONTRADICTION.format("web", "alpha", "50.0")
    ]
    assert reasons(around(50, ""), survey(50, "alpha", "shop")) == [
        CONTRADICTION.format("shop", "alpha", "50.0")
    ]


def test_one_contradiction_is_enough() -> None:
    more = [survey(50, "alpha", "shop"), survey(50.5, "alpha", "shop")]
    assert reasons(around(50, "web"), more) == [CONTRADICTION.format("web", "alpha", "50.0")]


def test_a_contradiction_is_found_after_surveys_that_agree() -> None:
    """And after one that nothing can be compared with."""
    surveys = [survey(20, "alpha"), survey(50, "alpha", "web"), survey(50.5, "alpha")]
    assert reasons(around(50, "web"), surveys) == [CONTRADICTION.format("web", "alpha", "50.5")]


def test_a_guest_that_comes_or_goes_in_those_seconds_is_no_contradiction() -> None:
    changing = [
        node_sample(49, "alpha"),
        node_sample(50, "alpha", runs="web"),
        node_sample(51, "alpha", runs="web"),
    ]
    assert reasons(changing, survey(50, "alpha")) == []
    assert reasons(changing, survey(50, "alpha", "web")) == []


def test_a_process_without_its_disk_is_just_beginning_or_ending() -> None:
    ending = [sample.model_copy(update={"open": ()}) for sample in around(50, "web")]
    assert reasons(ending, survey(50, "alpha")) == []
    assert reasons(ending, survey(50, "alpha", "web")) == []


@pytest.mark.parametrize(("changed_s", "counts"), [(45, 0), (44.9, 1), (55, 0), (55.1, 1)], ids=str)
def test_looks_within_five_seconds_are_compared(changed_s: float, counts: int) -> None:
    """A look at which the guest was not there, at that moment, excuses the survey."""
    events = [*around(50, "web"), node_sample(changed_s, "alpha")]
    assert len(reasons(events, survey(50, "alpha"))) == counts


@pytest.mark.parametrize(
    ("surveyed_s", "counts"), [(48.9, 0), (49, 1), (51, 1), (51.1, 0)], ids=str
)
def test_a_survey_is_compared_only_between_two_looks(surveyed_s: float, counts: int) -> None:
    assert len(reasons(around(50, "web"), survey(surveyed_s, "alpha"))) == counts


def test_a_survey_is_compared_with_its_own_nodes_own_boot() -> None:
    boot = [clock(40, "alpha", 0, boot="2"), journal("alpha", 40, END_S, boot="2")]
    assert reasons(around(50, "web"), survey(50, "bravo")) == []
    assert reasons(around(50, "web"), boot, survey(50, "alpha", boot="2")) == []
    assert reasons(around(50, "web", boot="2"), boot, survey(50, "alpha", boot="2")) == [
        CONTRADICTION.format("web", "alpha", "50.0")
    ]


def test_a_guest_that_is_not_in_the_plan_is_not_compared() -> None:
    assert reasons(around(50, "stray"), survey(50, "alpha")) == []
