"""How long a client was without an answer, from the times of its questions and of its writes."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from statistics import median_low
from typing import Any

from harness.record.events import HttpSample, IcmpSample, Write
from harness.record.timeline import Record

SLOW_WRITE = timedelta(seconds=1.5)
"""A write that takes longer is an outage, though it is acknowledged in the end: it takes 0.05 to
0.3 s in emulation, and clients of these stores give up after 2 s."""


@dataclass(frozen=True)
class Sample:
    """One question to a service, or one write. Times are monotonic seconds of this machine."""

    sent_s: float
    answered_s: float | None
    """When the service's own answer was complete; None for an error, a timeout, a stranger."""
    ended_s: float | None = None
    """When a writer gave up or was answered; it sends the next one only then."""


@dataclass(frozen=True)
class Outage:
    """A time without an answer: from the last good answer to the next one.

    An upper bound: the service may have answered a moment longer, and sooner again, by at most
    `resolution` each: the time between two questions, or for which a writer asked nothing.
    """

    began_s: float
    ended_s: float
    """When it was over; else the last that is known of it."""
    resolution: timedelta
    over: bool = True
    """False when the service did not answer again."""
    after_s: float | None = None
    """From the first fault to its begin; None without a fault."""

    @property
    def length(self) -> timedelta:
        """How long the client was without an answer."""
        return timedelta(seconds=self.ended_s - self.began_s)

    def plain(self) -> dict[str, Any]:
        """As JSON has it, in seconds with three decimals."""
        return {
            "after_s": None if self.after_s is None else round(self.after_s, 3),
            "length_s": round(self.length.total_seconds(), 3),
            "resolution_s": round(self.resolution.total_seconds(), 3),
            "over": self.over,
        }

    def __str__(self) -> str:
        still = "" if self.over else ", and not over"
        resolution = self.resolution.total_seconds()
        return f"{self.length.total_seconds():.2f} s (± {resolution:.2f} s){still}"


def reads(record: Record, guest: str) -> list[Outage]:
    """Outages of the guest's service, over HTTP."""
    samples = [Sample(e.at_s, e.answered_s) for e in record.of(HttpSample) if e.guest == guest]
    return _of(record, samples)


def connections(record: Record, guest: str) -> list[Outage]:
    """Times in which nothing at the guest's address took a connection.

    A question that was answered over a connection made earlier counts as connected.
    """
    samples = [
        Sample(e.at_s, e.answered_s if e.connected_s is None else e.connected_s)
        for e in record.of(HttpSample)
        if e.guest == guest
    ]
    return _of(record, samples)


def echoes(record: Record, guest: str) -> list[Outage]:
    """Times in which the guest's address did not answer echo requests."""
    samples = [Sample(e.at_s, e.answered_s) for e in record.of(IcmpSample) if e.guest == guest]
    return _of(record, samples)


def writes(record: Record, store: str) -> list[Outage]:
    """Times between two acknowledgements in which a write failed or took longer than SLOW_WRITE."""
    samples = [
        Sample(e.at_s, e.acknowledged_s, e.ended_s) for e in record.of(Write) if e.store == store
    ]
    return _of(record, samples, slowest=SLOW_WRITE)


def reboots(record: Record, guest: str) -> list[tuple[float, str]]:
    """Each change of the guest's boot id: when it was first answered by it, and the new id."""
    seen = [e for e in record.of(HttpSample) if e.guest == guest and e.boot]
    answers = sorted((e.answered_s, e.boot) for e in seen if e.answered_s is not None)
    return [later for earlier, later in pairwise(answers) if later[1] != earlier[1]]


def outage_of_fault(
    outages: Iterable[Outage], fault_s: float, next_fault_s: float | None = None
) -> Outage | None:
    """The outage that a fault made: the first that ends after it and begins before the next."""
    first = next((outage for outage in outages if outage.ended_s > fault_s), None)
    late = first is not None and next_fault_s is not None and first.began_s >= next_fault_s
    return None if late else first


def outages_of(samples: Iterable[Sample], *, slowest: timedelta = timedelta.max) -> list[Outage]:
    """All outages, in their order; a question that took longer than `slowest` makes one as well.

    Answers may come out of order: what counts is when the service was seen to answer, so a slow
    answer to an early question ends an outage too.
    """
    ordered = sorted(samples, key=lambda sample: sample.sent_s)
    return [outage for outage in _outages(ordered, slowest) if outage.length > timedelta()]


def _outages(ordered: Sequence[Sample], slowest: timedelta) -> Iterator[Outage]:
    """Every run of bad questions, bounded by the answers before and behind it."""
    if not ordered:
        return
    sent = [sample.sent_s for sample in ordered]
    good = sorted(s.answered_s for s in ordered if s.answered_s is not None)
    bad = [s.sent_s for s in ordered if _bad(s, slowest)]
    borders = [sent[0], *good]
    for began, ended in pairwise(borders):
        first = bisect_left(bad, began)
        if first < len(bad) and bad[first] < ended:
            yield Outage(began, ended, _resolution(ordered, sent, began, ended))
    if bad and bad[-1] >= borders[-1]:
        resolution = _resolution(ordered, sent, borders[-1], sent[-1])
        yield Outage(borders[-1], sent[-1], resolution, over=False)


def _bad(sample: Sample, slowest: timedelta) -> bool:
    if sample.answered_s is None:
        return True
    return sample.answered_s - sample.sent_s > slowest.total_seconds()


def _resolution(
    ordered: Sequence[Sample], sent: Sequence[float], began_s: float, ended_s: float
) -> timedelta:
    """Of clients who ask at a rate: the usual time between two questions. Of a writer, who waits
    for the end of each write: the longest time at either end for which it had asked nothing."""
    first, behind = bisect_left(sent, began_s), bisect_right(sent, ended_s)
    asked = ordered[max(0, first - 1) : behind]
    idle = [later.sent_s - earlier.ended_s for earlier, later in pairwise(asked) if earlier.ended_s]
    if idle:
        return timedelta(seconds=max(0.0, idle[0], idle[-1]))
    inside = sent[first:behind]
    gaps = [later - earlier for earlier, later in pairwise(inside if len(inside) > 1 else sent)]
    return timedelta(seconds=median_low(gaps) if gaps else 0.0)


def _of(
    record: Record, samples: Sequence[Sample], *, slowest: timedelta = timedelta.max
) -> list[Outage]:
    """Outages since the cluster was settled, with their time after the first fault."""
    observed = [sample for sample in samples if sample.sent_s >= record.settled_s]
    outages = outages_of(observed, slowest=slowest)
    fault_s = next((fault.at_s for fault in record.faults), None)
    if fault_s is None:
        return outages
    return [replace(outage, after_s=outage.began_s - fault_s) for outage in outages]
