"""How an outage was spent: fault, membership, fencing, promotion, start, first answer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from harness.judge.measures.outage import longest_outage, samples_of
from harness.record.journal_lines import fencings, memberships
from harness.record.spans import promotions, uncertainty
from harness.record.timeline import Event


@dataclass(frozen=True)
class Moment:
    """When something was first seen, and when it was last seen not to be so yet."""

    what: str
    not_before_s: float
    seen_s: float


@dataclass(frozen=True)
class Phase:
    """From one moment of a failover to the next one that was seen."""

    begin: Moment
    end: Moment

    @property
    def length(self) -> timedelta:
        """Between the two sights."""
        return timedelta(seconds=self.end.seen_s - self.begin.seen_s)

    @property
    def uncertainty(self) -> timedelta:
        """Each of the two may have happened that much earlier, since the look before its sight."""
        early = [moment.seen_s - moment.not_before_s for moment in (self.begin, self.end)]
        return timedelta(seconds=max(early))

    @property
    def told_apart(self) -> bool:
        """Did the first surely happen before the second?"""
        return self.begin.seen_s <= self.end.not_before_s


def phases(events: Sequence[Event], guest: str) -> list[Phase]:
    """What was seen of the guest's failover, in the order of its sight.

    Empty without a fault of one node, and for a guest that did not run on the node that was hit.
    """
    seen = sorted(_moments(events, guest), key=lambda moment: moment.seen_s)
    return [Phase(begin, end) for begin, end in pairwise(seen)]


def _moments(events: Sequence[Event], guest: str) -> Iterator[Moment]:
    fault = next((event for event in events if event.kind == "injecting"), None)
    hit = fault.detail.get("node") if fault else None
    if fault is None or hit is None or _host(events, guest, fault.at_s) != hit:
        return
    yield Moment("fault", fault.at_s, fault.at_s)
    since = [event for event in events if event.at_s >= fault.at_s]
    yield from _told(events, "membership", memberships(since), hit)
    yield from _told(events, "fenced", (line for line, _ in fencings(since)), hit)
    yield from _promoted(events, fault.at_s, guest, hit)
    yield from _seen(since, fault.at_s, "started", "runs", guest, hit)
    outage = longest_outage(samples_of(events, guest))
    if outage is not None and outage.over and outage.ended_s > fault.at_s:
        earliest = outage.ended_s - outage.resolution.total_seconds()
        yield Moment("answer", earliest, outage.ended_s)


def _told(events: Sequence[Event], what: str, lines: Iterable[Event], hit: str) -> Iterator[Moment]:
    """The first line of a journal that says it, as sure as that node's clock is."""
    first = next((line for line in lines if line.detail["node"] != hit), None)
    if first is not None:
        yield Moment(what, first.at_s - uncertainty(events, first, "journal"), first.at_s)


def _promoted(events: Sequence[Event], fault_s: float, guest: str, hit: str) -> Iterator[Moment]:
    """By DRBD's word, as sure as that node's clock is; else by the watch's looks."""
    since = [event for event in events if event.at_s >= fault_s]
    for told, primary in promotions(since, guest):
        if primary and told.detail["node"] != hit:
            yield Moment("promoted", told.at_s - uncertainty(events, told, "watch"), told.at_s)
            return
    yield from _seen(since, fault_s, "promoted", "primary", guest, hit)


def _seen(
    since: Sequence[Event], fault_s: float, what: str, fact: str, guest: str, hit: str
) -> Iterator[Moment]:
    """The first look of the watch on another node that shows it, and the look before."""
    before: dict[str, float] = {}
    for look in since:
        if look.kind != "watch" or look.detail["node"] == hit:
            continue
        if guest in look.detail[fact]:
            yield Moment(what, before.get(look.detail["node"], fault_s), look.at_s)
            return
        before[look.detail["node"]] = look.at_s


def _host(events: Sequence[Event], guest: str, before_s: float) -> str | None:
    """Where the guest was last seen before the fault."""
    looks = [e for e in events if e.kind == "watch" and e.at_s < before_s]
    return next((e.detail["node"] for e in reversed(looks) if guest in e.detail["runs"]), None)
