"""A test's story: what happened, in order, each change once."""

from typing import Any

import pytest

from harness.record.events import (
    AgentStarted,
    Blind,
    ClusterView,
    ConditionMet,
    DomainChange,
    DrbdChange,
    Event,
    Failure,
    FaultStep,
    NodeSurvey,
    PowerChange,
    Recovered,
    Settled,
    StoreUnread,
    Triggered,
)
from harness.record.status import Fencing, NodeStatus, Pacemaker, Replica, Resource
from harness.record.timeline import Record
from harness.report.story import story
from suites.selftest.client_events import ping, sample, write
from suites.selftest.node_events import blind, host_load, node_sample
from suites.selftest.records import cut, opened

HEALTHY = Replica("Primary", "UpToDate", "Connected", "UpToDate")
SEEN = ["survey of alpha: observing", "alpha runs: web"]
REPLICA = "alpha replica of web: Primary/UpToDate/Connected"


def survey(at_s: float, *guests: str, replica: Replica = HEALTHY, boot: str = "1") -> NodeSurvey:
    status = NodeStatus(boot, {"web": replica}, guests)
    return NodeSurvey(at_s=at_s, node="alpha", status=status)


def resource(name: str, role: str, node: str, **changed: Any) -> Resource:
    return Resource(name, role, (node,), failed=False, managed=True, **changed)


def view(at_s: float, pacemaker: Pacemaker) -> ClusterView:
    return ClusterView(at_s=at_s, node="arbiter", view=pacemaker)


def drbd(at_s: float, change: str, what: str, *, boot: str = "1", **states: str) -> DrbdChange:
    return DrbdChange(
        at_s=at_s, node="alpha", boot=boot, guest="web", change=change, what=what, states=states
    )


def domain(at_s: float, event: str, detail: str = "") -> DomainChange:
    return DomainChange(at_s=at_s, node="alpha", boot="1", guest="web", event=event, detail=detail)


def lines(*events: Event) -> list[str]:
    """The story without its times."""
    return [line.partition(" s  ")[2] for line in story(Record(events))]


def test_what_stays_as_it_was_has_one_line() -> None:
    assert lines(survey(1, "web"), survey(2, "web")) == [*SEEN, REPLICA]


def test_only_what_changed_has_another_line() -> None:
    alone = Replica("Primary", "UpToDate", "StandAlone", "Unknown")
    assert lines(survey(1, "web"), survey(2, replica=alone))[3:] == [
        "alpha runs: no guest",
        "alpha replica of web: Primary/UpToDate/StandAlone",
    ]


def test_events_are_in_the_order_of_their_time_not_of_their_writing() -> None:
    assert lines(survey(2, "web"), survey(1))[-1] == "alpha runs: web"


def test_samples_writes_and_load_are_no_lines() -> None:
    assert lines(opened(), Settled(at_s=1), sample(1), ping(1), write(1, 1), host_load(1)) == []


def test_a_blind_observer_has_a_line_with_the_reason_and_one_when_it_sees_again() -> None:
    gap = Blind(at_s=2, observer="survey", part="alpha", reason="alpha: no power")
    again = gap.model_copy(update={"at_s": 3})
    assert lines(survey(1, "web"), gap, again, survey(4, "web"))[3:] == [
        "survey of alpha: blind, no power",
        "survey of alpha: observing",
    ]


def test_observers_of_one_node_are_blind_each_for_itself() -> None:
    assert lines(node_sample(1, "alpha"), survey(1, "web"), blind(2, "node_agent", "alpha"))[
        4:
    ] == ["node_agent of alpha: blind, no answer"]


def test_a_gap_of_the_agent_that_comes_twice_has_two_lines() -> None:
    gaps = [blind(2, "node_agent", "alpha"), blind(5, "node_agent", "alpha")]
    assert lines(
        node_sample(1, "alpha"), gaps[0], node_sample(3, "alpha"), node_sample(4, "alpha"), gaps[1]
    ) == [
        "node_agent of alpha: observing",
        "node_agent of alpha: blind, no answer",
        "node_agent of alpha: observing",
        "node_agent of alpha: blind, no answer",
    ]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (cut(1, "alpha"), "injecting: power cut of alpha"),
        (FaultStep(at_s=1, fault="power cut of alpha", step="bites"), "bites: power cut of alpha"),
        (FaultStep(at_s=1, fault="load", step="still bites"), "still bites: load"),
        (
            Triggered(at_s=1, fault="load", trigger="web is promoted", aimed_s=0.9, late_s=0.03),
            "trigger: web is promoted; load came 30 ms late",
        ),
        (ConditionMet(at_s=1, sentence="web runs on bravo"), "condition: web runs on bravo"),
        (Recovered(at_s=1), "recovered: the cluster is settled again"),
        (Failure(at_s=1, reason="no space", blame="lab"), "failure of the lab: no space"),
        (Failure(at_s=1, reason="late", blame="cluster"), "failure of the cluster: late"),
        (PowerChange(at_s=1, node="alpha", change="stopped"), "alpha power: stopped"),
        (
            AgentStarted(at_s=1, node="alpha", boot="0123456789"),
            "node_agent of alpha: started, boot 01234567",
        ),
        (domain(1, "lifecycle", "Started Booted"), "alpha libvirt web: lifecycle Started Booted"),
        (domain(1, "reboot"), "alpha libvirt web: reboot"),
        (
            StoreUnread(at_s=1, store="web.redis", problem="refused"),
            "store web.redis: not read, refused",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Event) else "",
)
def test_an_incident_has_a_line_each_time(event: Event, line: str) -> None:
    assert lines(event, event.model_copy(update={"at_s": 2})) == [line, line]


def test_an_agent_that_was_started_again_and_sees_has_both_lines() -> None:
    start = AgentStarted(at_s=2, node="alpha", boot="2")
    assert lines(node_sample(1, "alpha"), start, node_sample(3, "alpha"))[1:] == [
        "node_agent of alpha: started, boot 2",
        "node_agent of alpha: observing",
    ]


def test_drbd_reports_changes_but_not_what_was_so_before() -> None:
    assert lines(
        drbd(1, "exists", "resource", role="Secondary"),
        drbd(2, "change", "resource", role="Primary", suspended="no"),
        drbd(3, "change", "resource", role="Primary", suspended="no"),
        drbd(4, "change", "device"),
        drbd(5, "call", "helper", helper="fence-peer"),
    ) == [
        "alpha DRBD resource of web: role:Primary suspended:no",
        "alpha DRBD helper of web: call helper:fence-peer",
    ]


def test_what_drbd_reported_last_ends_with_the_boot() -> None:
    before = drbd(1, "change", "connection", connection="Connected")
    after = drbd(2, "change", "connection", connection="Connected", boot="2")
    assert lines(before, after) == ["alpha DRBD connection of web: connection:Connected"] * 2


def test_the_clusters_own_view_has_a_line_for_each_change() -> None:
    first = Pacemaker(dc="alpha", resources=(resource("fence-alpha", "Started", "bravo"),))
    later = Pacemaker(
        fencings=(Fencing("bravo", "reboot", "success", ""),),
        failures=("x on alpha: y", "z"),
        resources=(
            resource("drbd-web", "Unpromoted", "bravo", pending="Monitoring"),
            resource("drbd-web", "Promoted", "alpha", blocked=True),
            resource("fence-alpha", "Started", "bravo"),
        ),
        maintenance=True,
    )
    assert lines(view(1, first)) == [
        "DC: alpha",
        "maintenance mode: off",
        "fenced: nobody",
        "failed: nothing",
        "fence-alpha: Started bravo",
    ]
    assert lines(view(1, first), view(2, later))[5:] == [
        "DC: None",
        "maintenance mode: on",
        "fenced: bravo success",
        "failed: x on alpha: y / z",
        "drbd-web: Promoted alpha blocked, Unpromoted bravo Monitoring",
    ]


def test_a_reason_of_several_lines_is_one_line() -> None:
    assert lines(Failure(at_s=1, reason="no\n  way", blame="lab")) == ["failure of the lab: no way"]


def test_time_counts_from_the_first_fault_else_from_the_start() -> None:
    before = PowerChange(at_s=10, node="alpha", change="suspended")
    met = ConditionMet(at_s=13.5, sentence="web runs on bravo")
    assert story(Record([opened(9), before, met])) == [
        "    1.0 s  alpha power: suspended",
        "    4.5 s  condition: web runs on bravo",
    ]
    assert story(Record([opened(9), before, cut(12, "alpha"), met, cut(20, "bravo")])) == [
        "   -2.0 s  alpha power: suspended",
        "    0.0 s  injecting: power cut of alpha",
        "    1.5 s  condition: web runs on bravo",
        "    8.0 s  injecting: power cut of bravo",
    ]


def test_a_record_without_an_event_has_no_story() -> None:
    assert story(Record([])) == []
