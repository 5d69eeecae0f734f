"""A failover of web from the power cut to its answer, and its measured phases."""

from datetime import timedelta

from harness.judge.measures.outage import Outage
from harness.judge.measures.phases import phases
from harness.record.events import ClockReading, Event
from suites.selftest.node_events import clock, fenced, members, node_samples, power
from suites.selftest.records import cut, record


def journal_clock(node: str, uncertainty_s: float, *, boot: str = "1") -> ClockReading:
    return ClockReading(
        at_s=40,
        node=node,
        boot=boot,
        reader="journals",
        offset_s=0.0,
        uncertainty_s=uncertainty_s,
    )


HEALTHY = [*node_samples(5, 9, "alpha", runs="web"), *node_samples(5, 9, "bravo", runs="shop")]
CUT = [*HEALTHY, cut(10, "alpha"), power(10.2, "alpha")]
SURVIVOR = [
    *node_samples(12, 17, "bravo", runs="shop"),
    *node_samples(18, 20, "bravo", runs="shop", primary="shop web"),
    *node_samples(21, 30, "bravo", runs="shop web", born_s=20.5),
]
FAILOVER = [
    *(*CUT, *SURVIVOR),
    *(members(13, "bravo"), fenced(17, "alpha", on="arbiter"), fenced(17.1, "alpha")),
    *(clock(40, "bravo", 0.1), journal_clock("bravo", 0.2), journal_clock("arbiter", 0.3)),
]
OUTAGE = [Outage(9.9, 30, timedelta(seconds=1))]


def measured(
    events: list[Event], outages: list[Outage] = OUTAGE, guest: str = "web"
) -> list[tuple[str, str, float, float, bool]]:
    return [
        (
            phase.begin.what,
            phase.end.what,
            round(phase.length.total_seconds(), 2),
            round(phase.uncertainty.total_seconds(), 2),
            phase.distinct,
        )
        for phase in phases(record(events), guest, outages)
    ]


def moments(
    events: list[Event], outages: list[Outage] = OUTAGE, guest: str = "web"
) -> dict[str, float]:
    """Return by phase its end, and its length in seconds."""
    return {what: length for _, what, length, _, _ in measured(events, outages, guest)}
