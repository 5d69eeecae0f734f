"""Queries of the final state's observer, and the events made of the answers."""

from harness.observe.final_state import FinalState
from harness.record.events import Blind, Configuration, Moment, Recovered, Traces
from harness.record.timeline import Timeline
from suites.selftest.fake_lab import FakeLab
from suites.selftest.node_answers import cib

QUERY = "cibadmin"
BAN = '<rsc_location id="cli-ban-web-on-alpha" rsc="web" node="alpha" score="-INFINITY"/>'
BANNED = cib("<constraints>", f"<constraints>{BAN}")
LEFT = {"others": "file /core"}


def start(lab: FakeLab, timeline: Timeline) -> FinalState:
    observer = FinalState(lab, timeline)
    observer.start()
    observer.before_fault()
    observer.stop()
    timeline.note(Recovered())
    return observer


def configurations(timeline: Timeline, moment: Moment) -> dict[str, dict[str, str]]:
    return {e.node: e.elements for e in timeline.of(Configuration) if e.moment == moment}


def traces(timeline: Timeline, moment: Moment) -> dict[str, tuple[str, ...]]:
    return {e.node: e.found for e in timeline.of(Traces) if e.moment == moment}


def blind(timeline: Timeline) -> dict[str, str]:
    assert {e.observer for e in timeline.of(Blind)} <= {"final_state"}
    return {e.part: e.reason for e in timeline.of(Blind)}


def queried_nodes(lab: FakeLab) -> list[str]:
    """Return the nodes that were queried, in order."""
    return [node for node, command in lab.shell.asked if QUERY in command]
