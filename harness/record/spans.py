"""Spans: the periods in which a QEMU process ran or a replica was primary on a node.

A fact that a node agent reports holds until the next report of the same boot contradicts it, or
until the hypervisor reports that the node lost power or was suspended. If an agent falls silent
while its node has power, the fact is known only up to its last report. It is also known up to the
next report if that comes within the agent's limit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from harness.record.events import (
    ClockReading,
    DomainChange,
    DrbdChange,
    JournalLine,
    NodeSample,
    PowerChange,
)
from harness.record.timeline import Record

AGENT = "node_agent"
POWER_LOST = ("stopped", "crashed")
"""Changes that are a loss of power. A shutdown ends with `stopped` too."""


class Life(NamedTuple):
    """One boot of a node, from its start to its loss of power."""

    node: str
    boot: str


@dataclass(frozen=True)
class Span:
    """A period in which a fact held on a node."""

    life: Life
    first_s: float
    last_s: float
    uncertainty_s: float
    """Uncertainty of the node's clock, and so of both moments."""
    cut: bool = False
    """Whether the node's loss of power ended it."""
    what: str = ""
    """Distinguishes spans of several processes: the process id."""

    @property
    def node(self) -> str:
        """Name of the node."""
        return self.life.node


class Signal(NamedTuple):
    """A report that a fact holds, or does not hold, from this moment on."""

    at_s: float
    holds: bool


def life_of(event: NodeSample | DrbdChange | DomainChange | JournalLine | ClockReading) -> Life:
    """Return the boot of the node that reported the event."""
    return Life(event.node, event.boot)


def lives(record: Record) -> dict[Life, list[float]]:
    """Return every boot that an agent reported, with the moments of its reports in order."""
    signs: dict[Life, list[float]] = {}
    for sample in record.of(NodeSample):
        signs.setdefault(life_of(sample), []).append(sample.at_s)
    for change in record.of(DrbdChange):
        signs.setdefault(life_of(change), []).append(change.at_s)
    return {life: sorted(moments) for life, moments in signs.items()}


def power_loss_s(record: Record, life: Life, first_sign_s: float) -> float | None:
    """Return when the hypervisor reported the power loss that ended a boot, or None."""
    ends = (
        e.at_s for e in record.of(PowerChange) if e.node == life.node and e.change in POWER_LOST
    )
    return next((at_s for at_s in ends if at_s >= first_sign_s), None)


def clock_uncertainty_s(record: Record, life: Life, reader: str = AGENT) -> float:
    """Return the smallest uncertainty of a boot's clock, measured by `reader` if it measured it."""
    readings = [e for e in record.of(ClockReading) if life_of(e) == life]
    preferred = [e for e in readings if e.reader == reader] or readings
    return min((e.uncertainty_s for e in preferred), default=0.0)


def running(record: Record, guest: str) -> list[Span]:
    """Return the spans of each QEMU process of the guest, from its start to its end."""
    found: list[Span] = []
    for life, samples in _samples_by_life(record).items():
        starts = {q.pid: q.began_s for sample in samples for q in sample.runs if q.guest == guest}
        for pid, started_s in starts.items():
            signals = [
                Signal(sample.at_s, any((q.guest, q.pid) == (guest, pid) for q in sample.runs))
                for sample in samples
            ]
            spans = _spans(record, life, signals, what=str(pid))
            first = next(spans)
            found += [replace(first, first_s=min(started_s, first.first_s)), *spans]
    return sorted(found, key=lambda span: span.first_s)


def primary(record: Record, guest: str) -> list[Span]:
    """Return the spans in which a replica was primary, by DRBD's events and the agent's samples."""
    signals: dict[Life, list[Signal]] = {}
    for sample in record.of(NodeSample):
        signals.setdefault(life_of(sample), []).append(Signal(sample.at_s, guest in sample.primary))
    for change in record.of(DrbdChange):
        if (change.guest, change.what) == (guest, "resource") and "role" in change.states:
            role = Signal(change.at_s, change.states["role"] == "Primary")
            signals.setdefault(life_of(change), []).append(role)
    found = [
        span for life, of_life in signals.items() for span in _spans(record, life, sorted(of_life))
    ]
    return sorted(found, key=lambda span: span.first_s)


def surely_overlap(one: Span, other: Span, uncertainty_s: float) -> float | None:
    """Return when two spans began to overlap, or None if they need not overlap.

    The clocks of both nodes together may be wrong by `uncertainty_s`.
    """
    first_s, last_s = max(one.first_s, other.first_s), min(one.last_s, other.last_s)
    if one.last_s - other.first_s < uncertainty_s or other.last_s - one.first_s < uncertainty_s:
        return None
    return first_s if first_s <= last_s else None


def awake(record: Record, span: Span) -> list[Span]:
    """Return the span without the periods in which its node was suspended and ran nothing."""
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


def _samples_by_life(record: Record) -> dict[Life, list[NodeSample]]:
    samples: dict[Life, list[NodeSample]] = {}
    for sample in record.of(NodeSample):
        samples.setdefault(life_of(sample), []).append(sample)
    return samples


def _spans(
    record: Record, life: Life, signals: Sequence[Signal], *, what: str = ""
) -> Iterator[Span]:
    """Yield the spans of one boot in which the fact holds, from its signals in order of time."""
    off, end_s = clock_uncertainty_s(record, life), power_loss_s(record, life, signals[0].at_s)
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
