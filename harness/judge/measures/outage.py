"""Outages of a service, from the times of its clients' requests and writes."""

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
"""A write that takes longer is an outage even if it is acknowledged. A write takes 0.05 to 0.3 s in
emulation, and clients of these stores give up after 2 s."""


@dataclass(frozen=True)
class Sample:
    """One request or write to a service. Times are monotonic seconds of this machine."""

    sent_s: float
    answered_s: float | None
    """When the service's own answer was complete. None after an error, a timeout, or an answer of
    another machine."""
    ended_s: float | None = None
    """When a writer got its answer or gave up. It sends the next write only then."""


@dataclass(frozen=True)
class Outage:
    """A period without an answer, from the last good answer to the next one.

    A single answer between two failed requests does not end it. Its length is an upper bound: the
    service may have answered later than the last answer and earlier than the next one, by at most
    `resolution` each.
    """

    began_s: float
    ended_s: float
    """When it was over, or the last request if it was not."""
    resolution: timedelta
    """Time between two requests, or the longest time without one from a writer."""
    over: bool = True
    """False if the service did not answer again."""
    after_s: float | None = None
    """Seconds from the first fault to the beginning of the outage; None without a fault."""

    @property
    def length(self) -> timedelta:
        """Time for which the client got no answer."""
        return timedelta(seconds=self.ended_s - self.began_s)

    def plain(self) -> dict[str, Any]:
        """Return it for JSON, in seconds with three decimals."""
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
    """Return the outages of the guest's service over HTTP."""
    samples = [Sample(e.at_s, e.answered_s) for e in record.of(HttpSample) if e.guest == guest]
    return _of(record, samples)


def connections(record: Record, guest: str) -> list[Outage]:
    """Return the periods in which the guest's address accepted no TCP connection.

    A request that was answered over an earlier connection counts as connected.
    """
    samples = [
        Sample(e.at_s, e.answered_s if e.connected_s is None else e.connected_s)
        for e in record.of(HttpSample)
        if e.guest == guest
    ]
    return _of(record, samples)


def echoes(record: Record, guest: str) -> list[Outage]:
    """Return the periods in which the guest's address did not answer ICMP echo requests."""
    samples = [Sample(e.at_s, e.answered_s) for e in record.of(IcmpSample) if e.guest == guest]
    return _of(record, samples)


def writes(record: Record, store: str, slowest: timedelta = SLOW_WRITE) -> list[Outage]:
    """Return the outages of a store's writes. A write slower than `slowest` counts as failed."""
    samples = [
        Sample(e.at_s, e.acknowledged_s, e.ended_s) for e in record.of(Write) if e.store == store
    ]
    return _of(record, samples, slowest=slowest)


def reboots(record: Record, guest: str) -> list[tuple[float, str]]:
    """Return each change of the guest's boot id: the time of the first such answer, and the id."""
    seen = [e for e in record.of(HttpSample) if e.guest == guest and e.boot]
    answers = sorted((e.answered_s, e.boot) for e in seen if e.answered_s is not None)
    return [later for earlier, later in pairwise(answers) if later[1] != earlier[1]]


def outage_of_fault(
    outages: Iterable[Outage], fault_s: float, next_fault_s: float | None = None
) -> Outage | None:
    """Return a fault's outage: the first that ends after it, if it begins before the next fault."""
    first = next((outage for outage in outages if outage.ended_s > fault_s), None)
    late = first is not None and next_fault_s is not None and first.began_s >= next_fault_s
    return None if late else first


def outages_of(samples: Iterable[Sample], *, slowest: timedelta = timedelta.max) -> list[Outage]:
    """Return all outages in order. A request that took longer than `slowest` is an outage as well.

    Answers may arrive out of order. A slow answer to an early request counts at the moment at which
    it arrived, because the service did answer then.
    """
    ordered = sorted(samples, key=lambda sample: sample.sent_s)
    return [outage for outage in _outages(ordered, slowest) if outage.length > timedelta()]


def _outages(ordered: Sequence[Sample], slowest: timedelta) -> Iterator[Outage]:
    """Yield every run of failed requests, bounded by the answers before and after it."""
    if not ordered:
        return
    sent = [sample.sent_s for sample in ordered]
    good = sorted(s.answered_s for s in ordered if s.answered_s is not None)
    bad = [s.sent_s for s in ordered if _bad(s, slowest)]
    borders = [sent[0], *good]
    spans = [span for span in pairwise(borders) if _any_within(bad, *span)]
    still = bool(bad) and bad[-1] >= borders[-1]
    if still:
        spans.append((borders[-1], sent[-1]))
    joined = _joined(spans)
    for began, ended in joined:
        over = not still or (began, ended) != joined[-1]
        yield Outage(began, ended, _resolution(ordered, sent, began, ended), over)


def _any_within(moments: Sequence[float], began_s: float, ended_s: float) -> bool:
    first = bisect_left(moments, began_s)
    return first < len(moments) and moments[first] < ended_s


def _joined(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join spans that meet in one answer. A service that answers one request has not recovered."""
    joined: list[tuple[float, float]] = []
    for began, ended in spans:
        meets = bool(joined) and joined[-1][1] == began
        joined.append((joined.pop()[0] if meets else began, ended))
    return joined


def _bad(sample: Sample, slowest: timedelta) -> bool:
    if sample.answered_s is None:
        return True
    return sample.answered_s - sample.sent_s > slowest.total_seconds()


def _resolution(
    ordered: Sequence[Sample], sent: Sequence[float], began_s: float, ended_s: float
) -> timedelta:
    """Return the resolution of an outage.

    For a client with a fixed rate it is the usual time between two requests. A writer waits for the
    end of each write, so for it the longer pause at either end of the outage counts.
    """
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
    """Return the outages since the cluster had settled, with their time after the first fault."""
    observed = [sample for sample in samples if sample.sent_s >= record.settled_s]
    outages = outages_of(observed, slowest=slowest)
    fault_s = next((fault.at_s for fault in record.faults), None)
    if fault_s is None:
        return outages
    return [replace(outage, after_s=outage.began_s - fault_s) for outage in outages]
