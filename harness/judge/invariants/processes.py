"""A guest's QEMU processes, each from its start to its end, across gaps in observation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.judge.invariants.boots import lives_of
from harness.record.events import NodeSample
from harness.record.spans import Life, Span, life_of, running
from harness.record.timeline import Record


@dataclass(frozen=True)
class Process:
    """One QEMU process of a guest."""

    life: Life
    pid: str
    started_s: float
    spans: Sequence[Span]
    """The spans in which it was observed."""
    ended_s: float | None
    """When it was first known to be gone; None if it ran to the end or its end was not observed."""

    @property
    def node(self) -> str:
        """Name of the node."""
        return self.life.node

    def alive_at(self, moment_s: float) -> bool:
        """Return whether it had started and was not known to be gone."""
        ended_s = float("inf") if self.ended_s is None else self.ended_s
        return self.started_s <= moment_s < ended_s


def processes(record: Record, guest: str) -> list[Process]:
    """Return all processes of a guest, in the order of their starts."""
    spans: dict[tuple[Life, str], list[Span]] = {}
    for span in running(record, guest):
        spans.setdefault((span.life, span.what), []).append(span)
    found = [
        Process(life, pid, own[0].first_s, own, _ended_s(record, guest, own[-1]))
        for (life, pid), own in spans.items()
    ]
    found.sort(key=lambda process: process.started_s)
    return [_ended_by_relocation(process, found) for process in found]


def _ended_s(record: Record, guest: str, last: Span) -> float | None:
    """Return when a sample, or its node's loss of power, shows that the process is gone."""
    return last.last_s if last.cut else min(_signs_without_s(record, guest, last), default=None)


def _signs_without_s(record: Record, guest: str, last: Span) -> Iterator[float]:
    """Yield the times of later signs of its node that show it without the process."""
    process = (guest, last.what)
    for sample in record.of(NodeSample):
        there = process in {(q.guest, str(q.pid)) for q in sample.runs}
        if sample.at_s >= last.last_s and life_of(sample) == last.life and not there:
            yield sample.at_s
            return
    for first_s, life in lives_of(record, last.node):
        if life != last.life and first_s > last.last_s:
            yield first_s


def _ended_by_relocation(process: Process, others: Sequence[Process]) -> Process:
    """End a process whose end was not observed when another node starts the guest."""
    if process.ended_s is not None:
        return process
    last_s = process.spans[-1].last_s
    later = (o.started_s for o in others if o.node != process.node and o.started_s > last_s)
    return replace(process, ended_s=next(later, None))
