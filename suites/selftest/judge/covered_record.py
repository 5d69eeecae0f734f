"""A record that is covered completely, and variants of it with gaps."""

from collections.abc import Callable, Iterable

from harness.record.events import (
    Closed,
    Event,
    HostLoad,
    HttpSample,
    IcmpSample,
    NodeSample,
    ObservationEnds,
    Settled,
    Watching,
    Write,
)
from harness.record.timeline import Record
from suites.selftest.quiet import observations
from suites.selftest.records import OBSERVERS, opened

Match = Callable[[Event], bool]
END_S = 40.0
OBSERVATIONS = observations(END_S)


def http(guest: str) -> Match:
    return lambda event: isinstance(event, HttpSample) and event.guest == guest


def icmp(guest: str) -> Match:
    return lambda event: isinstance(event, IcmpSample) and event.guest == guest


def written(store: str) -> Match:
    return lambda event: isinstance(event, Write) and event.store == store


def agent(node: str) -> Match:
    return lambda event: isinstance(event, NodeSample) and event.node == node


def without(match: Match, from_s: float, until_s: float) -> list[Event]:
    """Return the events without the matching ones between two moments. Those at them stay."""
    return [e for e in OBSERVATIONS if not (match(e) and from_s < e.at_s < until_s)]


def without_node_load(key: str, node: str, from_s: float, until_s: float) -> list[Event]:
    """Return the events with host loads that lack a node's value of `key` between two moments."""
    return [
        e.model_copy(update={key: {n: v for n, v in getattr(e, key).items() if n != node}})
        if isinstance(e, HostLoad) and from_s < e.at_s < until_s
        else e
        for e in OBSERVATIONS
    ]


def observed_between(
    events: Iterable[Event],
    *,
    settled_s: float = 0,
    until_s: float = END_S,
    **changed: Watching,
) -> Record:
    """Return a record that is observed from `settled_s` to `until_s`.

    `changed` are properties of observers other than the default ones.
    """
    beginning = opened().model_copy(update={"observers": OBSERVERS | changed})
    borders = [Settled(at_s=settled_s), ObservationEnds(at_s=until_s), Closed(at_s=99)]
    return Record([beginning, *borders, *events])
