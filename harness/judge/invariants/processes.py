"""A guest's QEMU processes, each from its birth to its end, over all that hid it meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.judge.invariants.boots import lives_of
from harness.record.events import NodeLook
from harness.record.spans import Life, Span, life_of, running
from harness.record.timeline import Record


@dataclass(frozen=True)
class Process:
    """One QEMU process of a guest."""

    life: Life
    pid: str
    born_s: float
    spans: Sequence[Span]
    """The stretches in which it was seen."""
    ended_s: float | None
    """When it was first known to be gone; None when it was there to the end, or out of sight."""

    @property
    def node(self) -> str:
        """Where."""
        return self.life.node

    def there_at(self, moment_s: float) -> bool:
        """Had it been born, and was it not known to be gone?"""
        ended_s = float("inf") if self.ended_s is None else self.ended_s
        return self.born_s <= moment_s < ended_s


def processes(record: Record, guest: str) -> list[Process]:
    """All processes of a guest, in the order of their births."""
    spans: dict[tuple[Life, str], list[Span]] = {}
    for span in running(record, guest):
        spans.setdefault((span.life, span.what), []).append(span)
    found = [
        Process(life, pid, mine[0].first_s, mine, _gone_s(record, guest, mine[-1]))
        for (life, pid), mine in spans.items()
    ]
    found.sort(key=lambda process: process.born_s)
    return [_moved(process, found) for process in found]


def _gone_s(record: Record, guest: str, last: Span) -> float | None:
    """When a look or the end of its life shows that the process is gone."""
    return last.last_s if last.cut else min(_absent_s(record, guest, last), default=None)


def _absent_s(record: Record, guest: str, last: Span) -> Iterator[float]:
    """Signs of its node, from the last one on, that show it without the process."""
    process = (guest, last.what)
    for look in record.of(NodeLook):
        there = process in {(q.guest, str(q.pid)) for q in look.runs}
        if look.at_s >= last.last_s and life_of(look) == last.life and not there:
            yield look.at_s
            return
    for first_s, life in lives_of(record, last.node):
        if life != last.life and first_s > last.last_s:
            yield first_s


def _moved(process: Process, others: Sequence[Process]) -> Process:
    """A process that went out of sight is gone once another node begins to run the guest."""
    if process.ended_s is not None:
        return process
    last_s = process.spans[-1].last_s
    later = (o.born_s for o in others if o.node != process.node and o.born_s > last_s)
    return replace(process, ended_s=next(later, None))
