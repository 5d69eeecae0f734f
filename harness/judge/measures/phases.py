"""The phases of an outage: fault, membership, fencing, promotion, start, first answer."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from harness.judge.measures.outage import Outage, outage_of_fault
from harness.record.events import DrbdChange, FaultInjecting, JournalLine, NodeSample
from harness.record.journal_lines import confirmations, memberships
from harness.record.spans import (
    Span,
    clock_uncertainty_s,
    life_of,
    primary,
    running,
)
from harness.record.timeline import Record

MEMBER_IDS = re.compile(r"Members\[(?P<count>\d+)\]:(?P<ids>(?: \d+)*)")


@dataclass(frozen=True)
class Moment:
    """When something happened, with the bounds of the uncertainty."""

    what: str
    earliest_s: float
    seen_s: float
    latest_s: float


@dataclass(frozen=True)
class Phase:
    """The time from one observed moment of a failover to the next one."""

    begin: Moment
    end: Moment

    @property
    def length(self) -> timedelta:
        """Time between the two observations."""
        return timedelta(seconds=self.end.seen_s - self.begin.seen_s)

    @property
    def uncertainty(self) -> timedelta:
        """Largest possible difference between the true length and `length`."""
        begin, end = self.begin, self.end
        longer = (end.latest_s - end.seen_s) + (begin.seen_s - begin.earliest_s)
        shorter = (end.seen_s - end.earliest_s) + (begin.latest_s - begin.seen_s)
        return timedelta(seconds=max(longer, shorter))

    @property
    def distinct(self) -> bool:
        """Whether the first moment certainly came before the second."""
        return self.begin.latest_s <= self.end.earliest_s

    def plain(self) -> dict[str, Any]:
        """Return it for JSON, in seconds with three decimals."""
        return {
            "phase": f"{self.begin.what} → {self.end.what}",
            "length_s": round(self.length.total_seconds(), 3),
            "uncertainty_s": round(self.uncertainty.total_seconds(), 3),
            "distinct": self.distinct,
        }


def phases(record: Record, guest: str, outages: Iterable[Outage]) -> list[Phase]:
    """Return the phases of the first fault's outage of a guest's service, in order.

    The list is empty unless the fault hit exactly one node. A guest on another node has phases only
    if the outage of its service began before the fencing: DRBD holds writes until the peer is
    fenced.

    Example:
        phases(record, "web", reads(record, "web"))
    """
    if not record.faults or len(record.faults[0].victims) != 1:
        return []
    first = record.faults[0]
    outage = outage_of_fault(outages, *(fault.at_s for fault in record.faults[:2]))
    fenced = list(_fenced(record, first))
    moments = [_sure("fault", first.at_s), *fenced]
    if _host(record, guest, first.at_s) == first.victims[0]:
        moments += _failover(record, guest, first)
    elif outage is None or any(moment.seen_s < outage.began_s for moment in fenced):
        return []
    if outage is not None and outage.over:
        earliest_s = outage.ended_s - outage.resolution.total_seconds()
        moments.append(Moment("answer", earliest_s, outage.ended_s, outage.ended_s))
    seen = sorted(moments, key=lambda moment: moment.seen_s)
    return [Phase(begin, end) for begin, end in pairwise(seen)]


def _failover(record: Record, guest: str, fault: FaultInjecting) -> Iterator[Moment]:
    """Yield the moments of the failover of a guest whose node was hit."""
    lines = (line for line in memberships(record) if _excludes(record, line, fault.victims[0]))
    yield from _reported(record, "membership", lines, fault)
    yield from _promoted(record, guest, fault)
    for span in _elsewhere(running(record, guest), fault):
        yield _within("started", span.first_s, span.first_s, span.uncertainty_s)


def _fenced(record: Record, fault: FaultInjecting) -> Iterator[Moment]:
    lines = (line for line, node in confirmations(record) if node == fault.victims[0])
    return _reported(record, "fenced", lines, fault)


def _reported(
    record: Record, what: str, lines: Iterable[JournalLine], fault: FaultInjecting
) -> Iterator[Moment]:
    """Yield the first of these lines that another node logged after the fault."""
    for line in lines:
        if line.at_s >= fault.at_s and line.node not in fault.victims:
            off_s = clock_uncertainty_s(record, life_of(line), "journals")
            yield _within(what, line.at_s, line.at_s, off_s)
            return


def _excludes(record: Record, line: JournalLine, victim: str) -> bool:
    """Return whether the line reports a membership without the victim.

    Corosync's node ids number the nodes from 1.
    """
    match = MEMBER_IDS.search(line.text)
    if match is None:
        return False
    nodes = dict(enumerate(record.opened.nodes, start=1))
    ids = {int(number) for number in match["ids"].split()}
    if ids and ids <= set(nodes):
        return victim not in {nodes[number] for number in ids}
    return int(match["count"]) < len(nodes)


def _promoted(record: Record, guest: str, fault: FaultInjecting) -> Iterator[Moment]:
    """Yield the promotion, from DRBD's event, else from between two samples of the agent."""
    for span in _elsewhere(primary(record, guest), fault):
        since_s = span.first_s
        if not _drbd_reported(record, guest, span):
            samples = (e.at_s for e in record.of(NodeSample) if life_of(e) == span.life)
            since_s = max([fault.at_s, *(at_s for at_s in samples if at_s < span.first_s)])
        yield _within("promoted", since_s, span.first_s, span.uncertainty_s)


def _drbd_reported(record: Record, guest: str, span: Span) -> bool:
    """Return whether DRBD reported the change.

    An `exists` event does not count: it reports the state that an agent found at its start.
    """
    return any(
        (life_of(event), event.guest, event.at_s) == (span.life, guest, span.first_s)
        and (event.what, event.states.get("role")) == ("resource", "Primary")
        and event.change != "exists"
        for event in record.of(DrbdChange)
    )


def _elsewhere(spans: Iterable[Span], fault: FaultInjecting) -> Iterator[Span]:
    """Yield the first span that began after the fault on a node that was not hit."""
    candidates = (s for s in spans if s.first_s >= fault.at_s and s.node not in fault.victims)
    first = min(candidates, key=lambda span: span.first_s, default=None)
    if first is not None:
        yield first


def _host(record: Record, guest: str, moment_s: float) -> str | None:
    """Return the node on which the guest ran at that moment or was last observed before."""
    before = [span for span in running(record, guest) if span.first_s <= moment_s]
    last = max(before, key=lambda span: span.last_s, default=None)
    return last.node if last else None


def _sure(what: str, at_s: float) -> Moment:
    return Moment(what, at_s, at_s, at_s)


def _within(what: str, since_s: float, seen_s: float, uncertainty_s: float) -> Moment:
    return Moment(what, since_s - uncertainty_s, seen_s, seen_s + uncertainty_s)
