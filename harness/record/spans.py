"""For how long something was so on a node: QEMU processes and primary replicas, life by life.

A fact that a node agent saw holds until the next sign of that life shows otherwise, or until the
hypervisor reports that the life has ended or was suspended. A life that falls silent and keeps its
power is known only to its last sign, and to the next one if it is within the agent's limit.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from harness.record.events import (
    ClockReading,
    DomainChange,
    DrbdChange,
    JournalLine,
    NodeLook,
    PowerChange,
)
from harness.record.timeline import Record

AGENT = "node_agent"
DEAD = ("stopped", "crashed")
"""Each loss of power, however it comes: a shutdown ends with `stopped` too."""


class Life(NamedTuple):
    """A node from one boot to its end."""

    node: str
    boot: str


@dataclass(frozen=True)
class Span:
    """Something was so on a node from the first moment to the last."""

    life: Life
    first_s: float
    last_s: float
    uncertainty_s: float
    """Of the clock by which both moments are known."""
    cut: bool = False
    """Did it end with its life, not by itself?"""
    what: str = ""
    """Which one, where there may be several: a process number."""

    @property
    def node(self) -> str:
        """Where."""
        return self.life.node


class Signal(NamedTuple):
    """From this moment on a fact holds, or it does not."""

    at_s: float
    holds: bool


def life_of(event: NodeLook | DrbdChange | DomainChange | JournalLine | ClockReading) -> Life:
    """Whose word that is."""
    return Life(event.node, event.boot)


def lives(record: Record) -> dict[Life, list[float]]:
    """Every life of which an agent reported, with the moments of its signs."""
    signs: dict[Life, list[float]] = {}
    for look in record.of(NodeLook):
        signs.setdefault(life_of(look), []).append(look.at_s)
    for change in record.of(DrbdChange):
        signs.setdefault(life_of(change), []).append(change.at_s)
    return {life: sorted(moments) for life, moments in signs.items()}


def death_s(record: Record, life: Life, first_sign_s: float) -> float | None:
    """When that life ended, by the hypervisor's word; None when it did not."""
    ends = (e.at_s for e in record.of(PowerChange) if e.node == life.node and e.change in DEAD)
    return next((at_s for at_s in ends if at_s >= first_sign_s), None)


def clock_uncertainty_s(record: Record, life: Life, reader: str = AGENT) -> float:
    """Of that life's clock, as the reader measured it; of all its readings the best."""
    readings = [e for e in record.of(ClockReading) if life_of(e) == life]
    mine = [e for e in readings if e.reader == reader] or readings
    return min((e.uncertainty_s for e in mine), default=0.0)


def running(record: Record, guest: str) -> list[Span]:
    """When each QEMU process of the guest was there, from its birth to its end."""
    found: list[Span] = []
    for life, looks in _looks_by_life(record).items():
        births = {q.pid: q.began_s for look in looks for q in look.runs if q.guest == guest}
        for pid, born_s in births.items():
            signals = [
                Signal(look.at_s, any((q.guest, q.pid) == (guest, pid) for q in look.runs))
                for look in looks
            ]
            spans = _spans(record, life, signals, what=str(pid))
            first = next(spans)
            found += [replace(first, first_s=min(born_s, first.first_s)), *spans]
    return sorted(found, key=lambda span: span.first_s)


def primary(record: Record, guest: str) -> list[Span]:
    """When the guest's replica was primary: by DRBD's own events, and by the agent's looks."""
    signals: dict[Life, list[Signal]] = {}
    for look in record.of(NodeLook):
        signals.setdefault(life_of(look), []).append(Signal(look.at_s, guest in look.primary))
    for change in record.of(DrbdChange):
        if (change.guest, change.what) == (guest, "resource") and "role" in change.states:
            role = Signal(change.at_s, change.states["role"] == "Primary")
            signals.setdefault(life_of(change), []).append(role)
    found = [
        span for life, of_life in signals.items() for span in _spans(record, life, sorted(of_life))
    ]
    return sorted(found, key=lambda span: span.first_s)


def surely_overlap(one: Span, other: Span, uncertainty_s: float) -> float | None:
    """From when on both were there, however their clocks are off; None when that is not sure."""
    first_s, last_s = max(one.first_s, other.first_s), min(one.last_s, other.last_s)
    if one.last_s - other.first_s < uncertainty_s or other.last_s - one.first_s < uncertainty_s:
        return None
    return first_s if first_s <= last_s else None


def awake(record: Record, span: Span) -> list[Span]:
    """The span without the stretches in which its node was suspended: nothing runs then."""
    pieces, begin_s = [], span.first_s
    for change in (e for e in record.of(PowerChange) if e.node == span.node):
        if not span.first_s < change.at_s < span.last_s:
            continue
        if change.change == "suspended":
            pieces.append(replace(span, first_s=begin_s, last_s=change.at_s))
        elif change.change == "resumed":
            begin_s = change.at_s
    suspended = pieces and pieces[-1].first_s == begin_s
    return pieces if suspended else [*pieces, replace(span, first_s=begin_s)]


def held_at(spans: Iterable[Span], moment_s: float) -> list[Span]:
    """Those that hold at that moment."""
    return [span for span in spans if span.first_s <= moment_s <= span.last_s]


def _looks_by_life(record: Record) -> dict[Life, list[NodeLook]]:
    looks: dict[Life, list[NodeLook]] = {}
    for look in record.of(NodeLook):
        looks.setdefault(life_of(look), []).append(look)
    return looks


def _spans(
    record: Record, life: Life, signals: Sequence[Signal], *, what: str = ""
) -> Iterator[Span]:
    """Stretches of a life in which the fact holds, from its signals in their order."""
    off, end_s = clock_uncertainty_s(record, life), death_s(record, life, signals[0].at_s)
    signals = [signal for signal in signals if end_s is None or signal.at_s <= end_s]
    watching = record.opened.observers.get(AGENT)
    limit_s = watching.longest_hole_s if watching else 0.0
    begin_s: float | None = None
    for signal, after in zip(signals, [*signals[1:], None], strict=True):
        if not signal.holds:
            continue
        begin_s = signal.at_s if begin_s is None else begin_s
        if after is None:
            yield Span(life, begin_s, end_s or signal.at_s, off, cut=end_s is not None, what=what)
        elif after.at_s - signal.at_s > limit_s:
            yield Span(life, begin_s, signal.at_s, off, what=what)
            begin_s = None
        elif not after.holds:
            yield Span(life, begin_s, after.at_s, off, what=what)
            begin_s = None
