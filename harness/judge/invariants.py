"""What must hold always, whatever a test tests: pure functions of the timeline."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from harness.timeline import Event


@dataclass(frozen=True)
class Violation:
    """An invariant that was broken, and the evidence in one line."""

    invariant: str
    evidence: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.evidence}"


@dataclass(frozen=True)
class Span:
    """Something was seen on a node at the first and the last moment, and never not in between."""

    node: str
    first_s: float
    last_s: float


def guest_never_twice(events: Sequence[Event]) -> list[Violation]:
    """I1: no guest has a QEMU process on two nodes at one time."""
    return _never_twice("I1", "ran", events, lambda status: status["guests"])


def never_two_primaries(events: Sequence[Event]) -> list[Violation]:
    """I2: no replica set is primary on two nodes at one time."""

    def primaries(status: dict[str, dict[str, dict[str, str]]]) -> Iterable[str]:
        return [g for g, replica in status["replicas"].items() if replica["role"] == "Primary"]

    return _never_twice("I2", "was primary", events, primaries)


ALWAYS = (guest_never_twice, never_two_primaries)
"""The audits that need nothing but the timeline."""


def leftovers(bans: Iterable[str], failures: Iterable[str]) -> list[Violation]:
    """I8: no constraint that a tool or a handler made, and no failed action, is left behind."""
    made = ("cli-", "drbd-fence-by-handler-")
    left = [ban for ban in bans if ban.startswith(made)]
    return [Violation("I8", f"left behind: {what}") for what in [*left, *failures]]


def unexpected_fencing(
    fencings: Iterable[tuple[str, str]], intended: Iterable[str]
) -> list[Violation]:
    """I6: only the intended nodes were fenced, each once. Pairs are target and outcome."""
    shot = [target for target, outcome in fencings if outcome == "success"]
    allowed = set(intended)
    found = [Violation("I6", f"{t} was fenced, nobody meant it") for t in shot if t not in allowed]
    twice = {target for target in shot if shot.count(target) > 1}
    return found + [Violation("I6", f"{t} was fenced {shot.count(t)} times") for t in sorted(twice)]


def _never_twice(
    invariant: str, verb: str, events: Sequence[Event], named: Callable[..., Iterable[str]]
) -> list[Violation]:
    found = []
    for guest in sorted({name for e in events if e.kind == "status" for name in named(e.detail)}):
        for one, other in combinations(_spans(events, guest, named), 2):
            begin, end = max(one.first_s, other.first_s), min(one.last_s, other.last_s)
            if one.node != other.node and begin <= end:
                both = f"{guest} {verb} on {one.node} and {other.node}"
                found.append(Violation(invariant, f"{both} at {begin:.1f} s"))
    return found


def _spans(events: Sequence[Event], guest: str, named: Callable[..., Iterable[str]]) -> list[Span]:
    """When a guest was seen on each node. A look at a blind node ends its span: nobody knows."""
    spans: list[Span] = []
    current: dict[str, Span] = {}
    for event in events:
        if event.kind not in ("status", "blind"):
            continue
        node = event.detail["node"]
        if event.kind == "status" and guest in named(event.detail):
            first = current[node].first_s if node in current else event.at_s
            current[node] = Span(node, first, event.at_s)
        elif node in current:
            spans.append(current.pop(node))
    return spans + list(current.values())
