"""I1 and I2: never two copies, of a guest or of its data."""

from collections.abc import Sequence
from itertools import combinations

from harness.judge.looks import named, spans
from harness.judge.violation import Violation
from harness.timeline import Event


def guest_never_twice(events: Sequence[Event]) -> list[Violation]:
    """I1: no guest has a QEMU process on two nodes at one time."""
    return _never_twice("I1", "ran", events, "runs")


def never_two_primaries(events: Sequence[Event]) -> list[Violation]:
    """I2: no replica set is primary on two nodes at one time."""
    return _never_twice("I2", "was primary", events, "primary")


def _never_twice(invariant: str, verb: str, events: Sequence[Event], fact: str) -> list[Violation]:
    """By the independent watch alone. Nodes' clocks are known to 0.02-0.2 s of each other, so an
    overlap that is shorter may be none; a handover through fencing leaves seconds."""
    looks = [event for event in events if event.source == "watch"]
    found = []
    for guest in named(looks, fact):
        for one, other in combinations(spans(looks, guest, fact), 2):
            begin, end = max(one.first_s, other.first_s), min(one.last_s, other.last_s)
            if one.node != other.node and begin <= end:
                both = f"{guest} {verb} on {one.node} and {other.node}"
                found.append(Violation(invariant, f"{both} at {begin:.1f} s"))
    return found
