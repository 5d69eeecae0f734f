"""How long a client was without an answer, from the times of its samples."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from harness.record.timeline import Event

SPARSEST_HZ = {"sample": 10.0, "ping": 9.0}
"""Of questions over HTTP, and of echoes since the fault at their slowest."""
LONGEST_HOLE = timedelta(seconds=1)
"""A probe that asked less often, or not at all for that long, cannot tell an outage's length."""


@dataclass(frozen=True)
class Sample:
    """One question to a guest. Times are monotonic seconds of the hypervisor."""

    sent_s: float
    answered_s: float | None
    """When the guest's own answer was complete; None for an error, a timeout, a stranger."""


@dataclass(frozen=True)
class Outage:
    """The longest time without an answer: from the last good answer to the next one.

    An upper bound: the guest may have answered a moment longer, and sooner again, by at most
    the time between two samples, which is `resolution`.
    """

    began_s: float
    ended_s: float
    resolution: timedelta
    over: bool = True
    """False when the guest had not answered again by the last sample."""

    @property
    def length(self) -> timedelta:
        """How long the client was without an answer."""
        return timedelta(seconds=self.ended_s - self.began_s)

    def __str__(self) -> str:
        still = "" if self.over else ", and not over"
        resolution = self.resolution.total_seconds()
        return f"{self.length.total_seconds():.2f} s (± {resolution:.2f} s){still}"


def samples_of(events: Iterable[Event], guest: str, kind: str = "sample") -> list[Sample]:
    """What the probe of that guest noted: over HTTP, or as the kind `ping` by echoes."""
    probed = (e for e in events if e.kind == kind and e.detail["guest"] == guest)
    return [Sample(event.at_s, event.detail["answered_s"]) for event in probed]


def connections_of(events: Iterable[Event], guest: str) -> list[Sample]:
    """The same questions over HTTP, as to whether anything took their connection.

    One that was answered over a connection that was kept has one, so it counts as well.
    """
    probed = (e for e in events if e.kind == "sample" and e.detail["guest"] == guest)
    return [Sample(e.at_s, e.detail.get("connected_s") or e.detail["answered_s"]) for e in probed]


def longest_outage(samples: Sequence[Sample]) -> Outage | None:
    """The longest outage, or None when every question was answered."""
    ordered = sorted(samples, key=lambda sample: sample.sent_s)
    outages = [o for o in _outages(ordered) if o.length > timedelta()]
    return max(outages, key=lambda outage: outage.length, default=None)


def too_sparse(samples: Sequence[Sample], kind: str = "sample") -> str | None:
    """Why these samples cannot bear a verdict, or None when they can."""
    sent = sorted(sample.sent_s for sample in samples)
    if len(sent) < 2:
        return f"the probe has {len(sent)} samples"
    rate = (len(sent) - 1) / (sent[-1] - sent[0])
    hole = max(later - earlier for earlier, later in pairwise(sent))
    if rate < SPARSEST_HZ[kind]:
        return f"the probe asked {rate:.1f} times a second, {SPARSEST_HZ[kind]:.0f} are needed"
    if hole > LONGEST_HOLE.total_seconds():
        return f"the probe did not ask for {hole:.1f} s"
    return None


def _outages(ordered: Sequence[Sample]) -> Iterable[Outage]:
    """Every run of unanswered samples, bounded by the answers before and behind it.

    Answers may come out of order: what counts is when a guest's answer was seen, so a slow
    answer to an early question ends an outage too.
    """
    if not ordered:
        return
    good = sorted(s.answered_s for s in ordered if s.answered_s is not None)
    bad = [s.sent_s for s in ordered if s.answered_s is None]  # in order, as they are
    last_seen = max(ordered[-1].sent_s, good[-1] if good else 0.0)
    borders = [ordered[0].sent_s, *good]
    for began, ended in pairwise(borders):
        first = bisect_left(bad, began)
        if first < len(bad) and bad[first] < ended:
            yield Outage(began, ended, _resolution(ordered, began, ended))
    if any(moment >= borders[-1] for moment in bad):
        resolution = _resolution(ordered, borders[-1], last_seen)
        yield Outage(borders[-1], last_seen, resolution, over=False)


def _resolution(ordered: Sequence[Sample], began_s: float, ended_s: float) -> timedelta:
    """The usual time between two questions, their median: of the outage, for the pace may change;
    of all when the outage is too short for any."""
    inside = [sample for sample in ordered if began_s <= sample.sent_s <= ended_s]
    asked = inside if len(inside) > 1 else ordered
    gaps = sorted(later.sent_s - earlier.sent_s for earlier, later in pairwise(asked))
    return timedelta(seconds=gaps[len(gaps) // 2] if gaps else 0.0)
