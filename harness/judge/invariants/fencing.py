"""I3 and I6: fencing comes before all that relies on it, is true, and hits nobody else."""

from collections.abc import Iterable, Iterator, Sequence

from harness.judge.invariants.violation import Violation
from harness.record.journal_lines import CLOCKS_S, fencings
from harness.record.spans import Span, named, spans
from harness.record.timeline import Event

TOLD_TWICE_S = 10.0
"""Confirmations by one node that are closer are of one fencing: no node boots and is lost in it."""


def nothing_before_fencing(events: Sequence[Event]) -> list[Violation]:
    """I3: what a lost node last held is taken over only after its fencing was confirmed."""
    looks = [event for event in events if event.source == "watch"]
    fenced = [(line.at_s, target) for line, target in fencings(events)]
    found = []
    for guest in named(looks, "primary"):
        for taken in spans(looks, guest, "primary"):
            for node, held_s in _held_until_lost(looks, guest, taken):
                by_s = taken.first_s + CLOCKS_S
                if not any(t == node and held_s <= at_s <= by_s for at_s, t in fenced):
                    early = f"{guest} was promoted on {taken.node} at {taken.first_s:.1f} s"
                    found.append(Violation("I3", f"{early}, the fencing of {node} not confirmed"))
    return found


def fencing_is_true(events: Sequence[Event]) -> list[Violation]:
    """I3: a node whose fencing was confirmed had lost its power by then.

    A node that was on when the test began, and whose power nobody cut, was not fenced; nor was
    one a second time whose power was cut once. Each node's word is taken by itself, since all of
    them tell of every fencing.
    """
    lies: dict[str, float] = {}
    told_s: dict[tuple[str, str], float] = {}
    for line, target in fencings(events):
        since_s = told_s.get((line.detail["node"], target), float("-inf"))
        if line.at_s - since_s < TOLD_TWICE_S:
            continue
        told_s[line.detail["node"], target] = line.at_s
        if not any(since_s < at_s <= line.at_s + CLOCKS_S for at_s in _cuts(events, target)):
            lies[target] = line.at_s
    return [
        Violation("I3", f"the fencing of {target} was confirmed at {at_s:.1f} s, it had power")
        for target, at_s in lies.items()
    ]


def _cuts(events: Sequence[Event], node: str) -> list[float]:
    changes = [e for e in events if e.kind == "power" and e.detail["node"] == node]
    return [e.at_s for e in changes if e.detail["change"] == "stopped"]


def unexpected_fencing(
    fencings: Iterable[tuple[str, str]], intended: Iterable[str]
) -> list[Violation]:
    """I6: only the intended nodes were fenced, each once. Pairs are target and outcome."""
    shot = [target for target, outcome in fencings if outcome == "success"]
    allowed = set(intended)
    found = [Violation("I6", f"{t} was fenced, nobody meant it") for t in shot if t not in allowed]
    twice = {target for target in shot if shot.count(target) > 1}
    return found + [Violation("I6", f"{t} was fenced {shot.count(t)} times") for t in sorted(twice)]


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
