"""The story of a test: its record in lines that a person can read, one for each change."""

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
    NodeLook,
    NodeSurvey,
    PowerChange,
    Recovered,
    StoreUnread,
)
from harness.record.spans import AGENT
from harness.record.status import Pacemaker
from harness.record.timeline import Record

SURVEY = "survey"
"""The observer that asks the nodes themselves."""


class Fact(NamedTuple):
    """What an event states of a subject; it is a change when the last word was another."""

    subject: str
    state: str
    boot: str = ""
    """Of the node, where the last word ends with its life."""


def story(record: Record) -> list[str]:
    """One line for each change, with the seconds since the first fault, or since the start."""
    start_s = next((e.at_s for e in (*record.faults, *record.events)), 0.0)
    last_word: dict[tuple[str, str], str] = {}
    lines = []
    for event in record.events:
        for fact in _facts(event):
            subject = (fact.subject, fact.boot)
            if type(event) in INCIDENTS or last_word.get(subject) != fact.state:
                text = " ".join(f"{fact.subject}: {fact.state}".split())
                lines.append(f"{event.at_s - start_s:7.1f} s  {text}")
            last_word[subject] = fact.state
    return lines


def _facts(event: Event) -> Iterator[Fact]:
    """What an event states; nothing for the samples, writes and log lines of which most consist."""
    if incident := INCIDENTS.get(type(event)):
        yield incident(event)
    elif states := STATES.get(type(event)):
        yield from states(event)


def _blind(event: Blind) -> Iterator[Fact]:
    reason = event.reason.removeprefix(f"{event.part}: ")
    yield Fact(f"{event.observer} of {event.part}", f"blind, {reason}")


def _look(event: NodeLook) -> Iterator[Fact]:
    yield Fact(f"{AGENT} of {event.node}", "sees it")


def _survey(event: NodeSurvey) -> Iterator[Fact]:
    yield Fact(f"{SURVEY} of {event.node}", "sees it")
    yield Fact(f"{event.node} runs", " ".join(event.status.guests) or "no guest")
    for guest, side in event.status.replicas.items():
        state = f"{side.role}/{side.disk}/{side.connection}"
        yield Fact(f"{event.node} replica of {guest}", state)


def _drbd(event: DrbdChange) -> Iterator[Fact]:
    """Changes alone: what was so when DRBD was first asked is none."""
    if event.change == "exists" or not event.states:
        return
    change = "" if event.change == "change" else event.change
    states = (f"{name}:{state}" for name, state in event.states.items())
    subject = f"{event.node} DRBD {event.what} of {event.guest}"
    yield Fact(subject, " ".join((change, *states)), event.boot)


def _view(event: ClusterView) -> Iterator[Fact]:
    """The cluster as the Pacemaker of a quorate node reports it."""
    view = event.view
    yield Fact("DC", str(view.dc))
    yield Fact("maintenance mode", "on" if view.maintenance else "off")
    yield Fact("fenced", " ".join(f"{f.target} {f.status}" for f in view.fencings) or "nobody")
    yield Fact("failed", " / ".join(view.failures) or "nothing")
    yield from (Fact(name, ", ".join(sorted(of))) for name, of in _instances(view).items())


def _instances(view: Pacemaker) -> dict[str, list[str]]:
    """Role, nodes and pending action of each instance, by the resource's name."""
    found: dict[str, list[str]] = {}
    for resource in view.resources:
        blocked = "blocked" if resource.blocked else ""
        words = (resource.role, *resource.nodes, resource.pending, blocked)
        found.setdefault(resource.name, []).append(" ".join(filter(None, words)))
    return found


# The values take the type that is their key, which `dict` cannot express: hence Any.
INCIDENTS: Mapping[type[Event], Callable[[Any], Fact]] = {
    FaultInjecting: lambda event: Fact("injecting", event.fault),
    FaultStep: lambda event: Fact(event.step, event.fault),
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
"""What happens at a moment, each time anew: always a line."""
STATES: Mapping[type[Event], Callable[[Any], Iterator[Fact]]] = {
    Blind: _blind,
    NodeLook: _look,
    NodeSurvey: _survey,
    DrbdChange: _drbd,
    ClusterView: _view,
}
"""What is seen again and again: a line when it differs from the last word of the same subject."""
