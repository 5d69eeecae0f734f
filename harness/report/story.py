"""The story of a test: its record as readable text, one line for each change."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from harness.record.events import (
    AgentStarted,
    Blind,
    ClusterView,
    ConditionMet,
    DomainChange,
    DrbdChange,
    Event,
    Failure,
    FaultInjecting,
    FaultStep,
    NodeSample,
    NodeSurvey,
    PowerChange,
    Recovered,
    StoreUnread,
    Triggered,
)
from harness.record.spans import AGENT
from harness.record.status import Pacemaker
from harness.record.timeline import Record

SURVEY = "survey"
"""Name of the observer that asks the nodes for their own state."""


class Fact(NamedTuple):
    """A state of a subject. It is a change if it differs from the subject's last state."""

    subject: str
    state: str
    boot: str = ""
    """The node's boot id, if the subject has no state across a reboot."""


def story(record: Record) -> list[str]:
    """Return one line for each change, with the seconds since the first fault or the start."""
    start_s = next((e.at_s for e in (*record.faults, *record.events)), 0.0)
    last_state: dict[tuple[str, str], str] = {}
    lines = []
    for event in record.events:
        for fact in _facts(event):
            subject = (fact.subject, fact.boot)
            if type(event) in INCIDENTS or last_state.get(subject) != fact.state:
                text = " ".join(f"{fact.subject}: {fact.state}".split())
                lines.append(f"{event.at_s - start_s:7.1f} s  {text}")
            last_state[subject] = fact.state
    return lines


def _facts(event: Event) -> Iterator[Fact]:
    """Yield the facts of an event; none for requests, writes and log lines."""
    if incident := INCIDENTS.get(type(event)):
        yield incident(event)
    elif states := STATES.get(type(event)):
        yield from states(event)


def _blind(event: Blind) -> Iterator[Fact]:
    reason = event.reason.removeprefix(f"{event.part}: ")
    yield Fact(f"{event.observer} of {event.part}", f"blind, {reason}")


def _node_sample(event: NodeSample) -> Iterator[Fact]:
    yield Fact(f"{AGENT} of {event.node}", "observing")


def _survey(event: NodeSurvey) -> Iterator[Fact]:
    yield Fact(f"{SURVEY} of {event.node}", "observing")
    yield Fact(f"{event.node} runs", " ".join(event.status.guests) or "no guest")
    for guest, side in event.status.replicas.items():
        state = f"{side.role}/{side.disk}/{side.connection}"
        yield Fact(f"{event.node} replica of {guest}", state)


def _drbd(event: DrbdChange) -> Iterator[Fact]:
    """Yield a change of DRBD. An `exists` event is no change: it is the state that was found."""
    if event.change == "exists" or not event.states:
        return
    change = "" if event.change == "change" else event.change
    states = (f"{name}:{state}" for name, state in event.states.items())
    subject = f"{event.node} DRBD {event.what} of {event.guest}"
    yield Fact(subject, " ".join((change, *states)), event.boot)


def _view(event: ClusterView) -> Iterator[Fact]:
    """Yield the state of the cluster that Pacemaker on a quorate node reported."""
    view = event.view
    yield Fact("DC", str(view.dc))
    yield Fact("maintenance mode", "on" if view.maintenance else "off")
    yield Fact("fenced", " ".join(f"{f.target} {f.status}" for f in view.fencings) or "nobody")
    yield Fact("failed", " / ".join(view.failures) or "nothing")
    yield from (Fact(name, ", ".join(sorted(of))) for name, of in _instances(view).items())


def _instances(view: Pacemaker) -> dict[str, list[str]]:
    """Return role, nodes and pending action of each instance, by the resource's name."""
    found: dict[str, list[str]] = {}
    for resource in view.resources:
        blocked = "blocked" if resource.blocked else ""
        words = (resource.role, *resource.nodes, resource.pending, blocked)
        found.setdefault(resource.name, []).append(" ".join(filter(None, words)))
    return found


# Each value takes events of the type that is its key. `dict` cannot express that, hence Any.
INCIDENTS: Mapping[type[Event], Callable[[Any], Fact]] = {
    FaultInjecting: lambda event: Fact("injecting", event.fault),
    FaultStep: lambda event: Fact(event.step, event.fault),
    Triggered: lambda event: Fact(
        "trigger", f"{event.trigger}; {event.fault} came {1000 * event.late_s:.0f} ms late"
    ),
    ConditionMet: lambda event: Fact("condition", event.sentence),
    Recovered: lambda _: Fact("recovered", "the cluster is settled again"),
    Failure: lambda event: Fact(f"failure of the {event.blame}", event.reason),
    PowerChange: lambda event: Fact(f"{event.node} power", event.change),
    AgentStarted: lambda event: Fact(f"{AGENT} of {event.node}", f"started, boot {event.boot[:8]}"),
    DomainChange: lambda event: Fact(
        f"{event.node} libvirt {event.guest}", f"{event.event} {event.detail}".strip()
    ),
    StoreUnread: lambda event: Fact(f"store {event.store}", f"not read, {event.problem}"),
}
"""Events that always give a line."""
STATES: Mapping[type[Event], Callable[[Any], Iterator[Fact]]] = {
    Blind: _blind,
    NodeSample: _node_sample,
    NodeSurvey: _survey,
    DrbdChange: _drbd,
    ClusterView: _view,
}
"""Repeated observations. They give a line if they differ from the last state of their subject."""
