"""I1 and I2: never two copies, of a guest or of its data."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from harness.judge.invariants.violation import Violation
from harness.record.spans import Span, named, spans, told_primary
from harness.record.timeline import Event


def guest_never_twice(events: Sequence[Event]) -> list[Violation]:
    """I1: no guest has a QEMU process on two nodes at one time; by the independent watch alone."""
    looks = [event for event in events if event.source == "watch"]
    seen = {guest: spans(looks, guest, "runs") for guest in named(looks, "runs")}
    return _never_twice("I1", "ran", seen)


def never_two_primaries(events: Sequence[Event]) -> list[Violation]:
    """I2: no replica set is primary on two nodes at one time; by the watch, whose looks leave
    a quarter of a second between them, and by DRBD's own word, which leaves nothing."""
    looks = [event for event in events if event.source == "watch"]
    guests = {*named(looks, "primary"), *(e.detail["guest"] for e in events if e.kind == "drbd")}
    seen = {
        guest: [*spans(looks, guest, "primary"), *told_primary(events, guest)]
        for guest in sorted(guests)
    }
    return _never_twice("I2", "was primary", seen)


def _never_twice(invariant: str, verb: str, seen: Mapping[str, Sequence[Span]]) -> list[Violation]:
    return [
        Violation(invariant, f"{guest} {verb} on {both}")
        for guest, found in seen.items()
        for both in _first(found)
    ]


def _first(found: Sequence[Span]) -> Iterator[str]:
    """Where and when two nodes first had it at one time.

    Nodes' clocks are known to 0.02-0.2 s of each other, so an overlap that is shorter may be
    none; a handover through fencing leaves seconds.
    """
    overlaps = (
        (max(one.first_s, other.first_s), one.node, other.node)
        for one, other in combinations(found, 2)
        if one.node != other.node
        and max(one.first_s, other.first_s) <= min(one.last_s, other.last_s)
    )
    for begin, one, other in sorted(overlaps)[:1]:
        yield f"{one} and {other} at {begin:.1f} s"
