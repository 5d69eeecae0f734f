"""What the looks of the independent watch say: what was seen where, and for how long."""

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


def beginnings(events: Sequence[Event], guest: str) -> Iterator[Event]:
    """Looks that show the guest where the look before, of the same life, did not."""
    before: dict[tuple[str, str], Event] = {}
    for look in (event for event in events if event.kind == "watch"):
        life = look.detail["node"], look.detail["boot"]
        last = before.get(life)
        if guest in look.detail["runs"] and last and guest not in last.detail["runs"]:
            yield look
        before[life] = look


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
