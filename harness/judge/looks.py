"""What the independent watch saw where, and for how long; and what DRBD itself told meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.timeline import Event


@dataclass(frozen=True)
class Span:
    """Something was seen on a node at the first and the last moment, and never not in between."""

    node: str
    first_s: float
    last_s: float


def named(looks: Sequence[Event], fact: str) -> list[str]:
    """Guests of which the watch told that fact anywhere."""
    return sorted({name for look in looks if look.kind == "watch" for name in look.detail[fact]})


def spans(looks: Sequence[Event], guest: str, fact: str) -> list[Span]:
    """When a guest was seen on each node. A gap ends its span: nobody knows."""
    ended: list[Span] = []
    current: dict[str, Span] = {}
    for look in looks:
        node = look.detail["node"]
        if look.kind == "watch" and guest in look.detail[fact]:
            first = current[node].first_s if node in current else look.at_s
            current[node] = Span(node, first, look.at_s)
        elif look.kind in ("watch", "blind") and node in current:
            ended.append(current.pop(node))
    return ended + list(current.values())


def promotions(events: Sequence[Event], guest: str) -> Iterator[tuple[Event, bool]]:
    """What DRBD told of the role of the guest's replica: is it surely primary from then on?"""
    for event in (e for e in events if e.source == "drbd"):
        told = event.detail
        if event.kind == "blind":
            yield event, False
        elif (told["guest"], told["what"]) == (guest, "resource") and "role" in told["states"]:
            yield event, told["states"]["role"] == "Primary"


def told_primary(events: Sequence[Event], guest: str) -> list[Span]:
    """When the replica was primary by DRBD's word, each end as far in as that clock is unsure.

    What it did not revoke holds until the last sign of that life.
    """
    ended: list[tuple[Event, float]] = []
    since: dict[tuple[str, str], Event] = {}
    for event, primary in promotions(events, guest):
        if primary:
            since.setdefault(_life(event), event)
        elif begun := since.pop(_life(event), None):
            ended.append((begun, event.at_s))
    signs = {_life(e): e.at_s for e in events if e.kind in ("watch", "drbd")}
    ended += [(begun, signs[life]) for life, begun in since.items()]
    spans = [(begun, last_s, uncertainty(events, begun, "watch")) for begun, last_s in ended]
    return [Span(e.detail["node"], e.at_s + off, last - off) for e, last, off in spans]


def uncertainty(events: Sequence[Event], event: Event, reader: str) -> float:
    """Of the clock by which an event was told, as the reader found it: each life has its own."""
    clocks = [e.detail for e in events if e.kind == "clock" and e.source == reader]
    node, boot = event.detail["node"], event.detail.get("boot")
    mine = [c for c in clocks if c["node"] == node and c.get("boot") in (None, boot)]
    return min((float(clock["uncertainty_s"]) for clock in mine), default=0.0)


def beginnings(events: Sequence[Event], guest: str) -> Iterator[Event]:
    """Looks that show the guest where the look before, of the same life, did not."""
    before: dict[tuple[str, str], Event] = {}
    for look in (event for event in events if event.kind == "watch"):
        last = before.get(_life(look))
        if guest in look.detail["runs"] and last and guest not in last.detail["runs"]:
            yield look
        before[_life(look)] = look


def _life(event: Event) -> tuple[str, str]:
    return event.detail["node"], event.detail["boot"]


def homes(events: Sequence[Event], moment_s: float) -> Iterator[tuple[str, Event]]:
    """Each guest that was running at that moment, and the last look at its node before.

    A node that was out of sight then is left out: nobody knows what it ran.
    """
    last: dict[str, Event] = {}
    for event in (e for e in events if e.source == "watch" and e.at_s < moment_s):
        if event.kind == "watch":
            last[event.detail["node"]] = event
        elif event.kind == "blind":
            last.pop(event.detail["node"], None)
    for look in last.values():
        for guest in look.detail["runs"]:
            yield guest, look
