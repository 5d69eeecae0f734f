"""What must hold always, whatever a test tests: pure functions of the timeline."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from harness.judge.journal import fencings, quorum
from harness.timeline import Event

CLOCKS_S = 1.0
"""How far moments of a busy node and of the hypervisor may be apart and still be the same: their
clocks are known to 0.2 s, and a line is written a while after what it tells."""


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
    return _never_twice("I1", "ran", events, "runs")


def never_two_primaries(events: Sequence[Event]) -> list[Violation]:
    """I2: no replica set is primary on two nodes at one time."""
    return _never_twice("I2", "was primary", events, "primary")


def nothing_before_fencing(events: Sequence[Event]) -> list[Violation]:
    """I3: what a lost node last held is taken over only after its fencing was confirmed."""
    looks = [event for event in events if event.source == "watch"]
    fenced = [(line.at_s, target) for line, target in fencings(events)]
    found = []
    for guest in _named(looks, "primary"):
        for taken in _spans(looks, guest, "primary"):
            for node, held_s in _held_until_lost(looks, guest, taken):
                by_s = taken.first_s + CLOCKS_S
                if not any(t == node and held_s <= at_s <= by_s for at_s, t in fenced):
                    early = f"{guest} was promoted on {taken.node} at {taken.first_s:.1f} s"
                    found.append(Violation("I3", f"{early}, the fencing of {node} not confirmed"))
    return found


def fencing_is_true(events: Sequence[Event]) -> list[Violation]:
    """I3: a node whose fencing was confirmed had lost its power by then.

    A node that was on when the test began, and whose power nobody cut, was not fenced.
    """
    lies: dict[str, float] = {}
    for line, target in fencings(events):
        changes = [e for e in events if e.kind == "power" and e.detail["node"] == target]
        off = [e.at_s for e in changes if e.detail["change"] == "stopped"]
        if not any(at_s <= line.at_s + CLOCKS_S for at_s in off):
            lies[target] = line.at_s
    return [
        Violation("I3", f"the fencing of {target} was confirmed at {at_s:.1f} s, it had power")
        for target, at_s in lies.items()
    ]


def only_with_quorum(events: Sequence[Event]) -> list[Violation]:
    """I4: no guest begins to run on a node that has no quorum.

    What a node said in an earlier life does not count for a later one.
    """
    found = []
    for guest in _named(events, "runs"):
        for began in _beginnings(events, guest):
            node, boot = began.detail["node"], began.detail["boot"]
            said = [
                has
                for line, has in quorum(events)
                if (line.detail["node"], line.detail.get("boot", boot)) == (node, boot)
                and line.at_s <= began.at_s
            ]
            if said and not said[-1]:
                text = f"{guest} began to run on {node} at {began.at_s:.1f} s without quorum"
                found.append(Violation("I4", text))
    return found


def _beginnings(events: Sequence[Event], guest: str) -> Iterator[Event]:
    """Looks that show the guest where the look before, of the same life, did not."""
    before: dict[tuple[str, str], Event] = {}
    for look in (event for event in events if event.kind == "watch"):
        life = look.detail["node"], look.detail["boot"]
        last = before.get(life)
        if guest in look.detail["runs"] and last and guest not in last.detail["runs"]:
            yield look
        before[life] = look


ALWAYS = (
    guest_never_twice,
    never_two_primaries,
    nothing_before_fencing,
    fencing_is_true,
    only_with_quorum,
)
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


def _never_twice(invariant: str, verb: str, events: Sequence[Event], fact: str) -> list[Violation]:
    """By the independent watch alone: its moments are those of the node, to a few milliseconds."""
    looks = [event for event in events if event.source == "watch"]
    found = []
    for guest in _named(looks, fact):
        for one, other in combinations(_spans(looks, guest, fact), 2):
            begin, end = max(one.first_s, other.first_s), min(one.last_s, other.last_s)
            if one.node != other.node and begin <= end:
                both = f"{guest} {verb} on {one.node} and {other.node}"
                found.append(Violation(invariant, f"{both} at {begin:.1f} s"))
    return found


def _named(looks: Sequence[Event], fact: str) -> list[str]:
    return sorted({name for look in looks if look.kind == "watch" for name in look.detail[fact]})


def _held_until_lost(
    looks: Sequence[Event], guest: str, taken: Span
) -> Iterator[tuple[str, float]]:
    """Other nodes that were last seen as primary, and of which nothing more of that life came."""
    for node in {look.detail["node"] for look in looks} - {taken.node}:
        mine = [look for look in looks if look.kind == "watch" and look.detail["node"] == node]
        before = [look for look in mine if look.at_s < taken.first_s]
        if not before or guest not in before[-1].detail["primary"]:
            continue
        boot = before[-1].detail["boot"]
        if all(look.detail["boot"] != boot for look in mine if look.at_s >= taken.first_s):
            yield node, before[-1].at_s


def _spans(looks: Sequence[Event], guest: str, fact: str) -> list[Span]:
    """When a guest was seen on each node. A gap ends its span: nobody knows."""
    spans: list[Span] = []
    current: dict[str, Span] = {}
    for look in looks:
        node = look.detail["node"]
        if look.kind == "watch" and guest in look.detail[fact]:
            first = current[node].first_s if node in current else look.at_s
            current[node] = Span(node, first, look.at_s)
        elif look.kind in ("watch", "blind") and node in current:
            spans.append(current.pop(node))
    return spans + list(current.values())
