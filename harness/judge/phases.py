"""How an outage was spent: fault, membership, fencing, promotion, start, first answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from harness.judge.outage import longest_outage, samples_of
from harness.timeline import Event

Detail = Mapping[str, Any]


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

    def __str__(self) -> str:
        length, uncertain = self.length.total_seconds(), self.uncertainty.total_seconds()
        doubt = "" if self.told_apart else ", not told apart"
        return f"{self.begin.what} → {self.end.what}: {length:.1f} s (± {uncertain:.1f} s{doubt})"


def phases(events: Sequence[Event], guest: str) -> list[Phase]:
    """What was seen of the guest's failover, in the order of its sight; empty without a fault."""
    seen = sorted(_moments(events, guest), key=lambda moment: moment.seen_s)
    return [Phase(begin, end) for begin, end in pairwise(seen)]


def _moments(events: Sequence[Event], guest: str) -> Iterator[Moment]:
    fault = next((event for event in events if event.kind == "injecting"), None)
    if fault is None:
        return
    yield Moment("fault", fault.at_s, fault.at_s)
    host = _host(events, guest, fault.at_s)
    shot = _shot_before(events, fault.at_s)

    def lost(view: Detail) -> bool:
        return any(not member["online"] for member in view["members"].values())

    def fenced(view: Detail) -> bool:
        return not _shot(view) <= shot

    def promoted(node: Detail) -> bool:
        replica = node["replicas"].get(guest)
        return node["node"] != host and replica is not None and replica["role"] == "Primary"

    def started(node: Detail) -> bool:
        return node["node"] != host and guest in node["guests"]

    yield from _first(events, fault.at_s, "view", "membership", lost)
    yield from _first(events, fault.at_s, "view", "fenced", fenced)
    yield from _first(events, fault.at_s, "status", "promoted", promoted)
    yield from _first(events, fault.at_s, "status", "started", started)
    outage = longest_outage(samples_of(events, guest))
    if outage is not None and outage.over and outage.ended_s > fault.at_s:
        earliest = outage.ended_s - outage.resolution.total_seconds()
        yield Moment("answer", earliest, outage.ended_s)


def _first(
    events: Sequence[Event], since_s: float, kind: str, what: str, met: Callable[[Detail], bool]
) -> Iterator[Moment]:
    """The first look after a moment that shows it; bounded by the look at that node before."""
    last: dict[str, float] = {}
    for event in events:
        if event.kind != kind:
            continue
        asked = "" if kind == "view" else event.detail["node"]
        if event.at_s >= since_s and met(event.detail):
            yield Moment(what, max(last.get(asked, since_s), since_s), event.at_s)
            return
        last[asked] = event.at_s


def _host(events: Sequence[Event], guest: str, before_s: float) -> str | None:
    """Where the guest was last seen before the fault."""
    looks = [e for e in events if e.kind == "status" and e.at_s < before_s]
    return next((e.detail["node"] for e in reversed(looks) if guest in e.detail["guests"]), None)


def _shot_before(events: Sequence[Event], before_s: float) -> set[str]:
    views = [e.detail for e in events if e.kind == "view" and e.at_s < before_s]
    return _shot(views[-1]) if views else set()


def _shot(view: Detail) -> set[str]:
    return {shot["target"] for shot in view["fencings"] if shot["status"] == "success"}
