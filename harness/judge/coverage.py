"""Coverage: gaps in what the observers saw. A gap that is too long makes a test invalid.

Each observer states the longest gap that it allows for each of its parts. Gaps count from `Settled`
to `ObservationEnds`. The time for which a node has no power is no gap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.judge.invariants.boots import losses_of_power
from harness.record.events import (
    HostLoad,
    HttpHeld,
    HttpSample,
    IcmpSample,
    NodeSample,
    PowerChange,
    Watching,
    Write,
)
from harness.record.journal_lines import joins, memberships
from harness.record.power import Stretch, off, suspended
from harness.record.timeline import Record

REQUIRED = (
    *("http_probe", "icmp_probe", "write_workload", "node_agent", "journals"),
    *("consoles", "power_log", "host_load", "final_state"),
)
RATE_WINDOW_S = 10.0
RATE_TOLERANCE = 0.9
"""Share of its rate that an observer must reach. A busy machine delays single requests."""
JOINING_S = 15.0
"""Time after the first membership of a boot in which no agent is required. The agent is started
over SSH and was seen 8 s after the membership."""
BOOTING_S = 120.0
"""Time after power-on in which no agent is required, if the boot shows no membership. Until then
the node runs nothing of the cluster."""

SHUTDOWN_S = 6.0
"""Time before a node that shuts down is off in which no agent is required. systemd has ended all
processes by then. An emulated node was off 3 s later."""


@dataclass(frozen=True)
class Part:
    """A part that an observer watches, with its observations and the periods that do not count."""

    observer: str
    name: str
    seen_s: Sequence[float]
    exempt: Sequence[Stretch] = ()
    held_s: Sequence[float] = ()
    """Moments at which the observer held a request back. They count for its rate."""


def holes(record: Record) -> Iterator[str]:
    """Yield every gap that is too long and every rate that is too low, in one line each."""
    observers = record.opened.observers
    yield from (f"{name} did not take part" for name in REQUIRED if name not in observers)
    for part in _parts(record):
        if watching := observers.get(part.observer):
            yield from _hole(record, part, watching)
            yield from _rate(record, part, watching)


def _parts(record: Record) -> Iterator[Part]:
    http, icmp = record.of(HttpSample), record.of(IcmpSample)
    for guest in record.opened.guests:
        held_s = [e.at_s for e in record.of(HttpHeld) if e.guest == guest]
        asked_s = [e.at_s for e in http if e.guest == guest]
        yield Part("http_probe", guest, asked_s, held_s=held_s)
        yield Part("icmp_probe", guest, [e.at_s for e in icmp if e.guest == guest])
    for store in record.opened.stores:
        yield Part("write_workload", store, [e.at_s for e in record.of(Write) if e.store == store])
    for node, role in record.opened.nodes.items():
        exempt = [*off(record, node), *suspended(record, node)]
        loads = [e.at_s for e in record.of(HostLoad) if node in e.waited and node in e.stalled_s]
        yield Part("host_load", node, loads, exempt)
        if role == "data":
            samples = [e.at_s for e in record.of(NodeSample) if e.node == node]
            exempt += [*booting(record, node), *blinded(record, node), *shutting_down(record, node)]
            yield Part("node_agent", node, samples, exempt)


def booting(record: Record, node: str) -> Iterator[Stretch]:
    """Yield the period from each power-on until an agent is required.

    No agent is required before Pacemaker's controller has joined: it starts nothing until then.
    """
    members_s = [line.at_s for line in memberships(record) if line.node == node]
    joined_s = [line.at_s for line in joins(record) if line.node == node]
    for change in record.of(PowerChange):
        if change.node == node and change.change == "started":
            no_later_s = change.at_s + BOOTING_S
            member_s = next((s for s in members_s if s > change.at_s), no_later_s)
            join_s = next((s for s in joined_s if s > change.at_s), change.at_s)
            required_s = max(member_s + JOINING_S, join_s)
            yield Stretch(change.at_s, min(required_s, no_later_s))


def blinded(record: Record, node: str) -> Iterator[Stretch]:
    """Yield the period from each fault that blinds the node until its next loss of power."""
    losses_s = [loss.at_s for loss in losses_of_power(record, node)]
    for fault in record.faults:
        if fault.blinds and node in fault.victims:
            until_s = next((s for s in losses_s if s >= fault.at_s), record.end_s)
            yield Stretch(fault.at_s, until_s)


def shutting_down(record: Record, node: str) -> Iterator[Stretch]:
    """Yield the last seconds of each shutdown of the node that a fault caused."""
    losses_s = [loss.at_s for loss in losses_of_power(record, node)]
    for fault in record.faults:
        if fault.form.get("kind") == "shutdown" and node in fault.victims:
            off_s = next((s for s in losses_s if s >= fault.at_s), fault.at_s)
            yield Stretch(max(fault.at_s, off_s - SHUTDOWN_S), off_s)


def _hole(record: Record, part: Part, watching: Watching) -> Iterator[str]:
    """Yield the longest gap of a part if it is too long."""
    longest = max(_unseen(record, part), key=lambda stretch: stretch.length_s)
    if longest.length_s > watching.longest_hole_s:
        yield (
            f"{part.observer} saw nothing of {part.name} from {longest.from_s:.1f} to "
            f"{longest.until_s:.1f} s, the limit is {watching.longest_hole_s:g} s"
        )


def _unseen(record: Record, part: Part) -> Iterator[Stretch]:
    """Yield all periods between two observations or exempt periods. Some are empty or negative."""
    since_s, until_s = record.settled_s, record.observed_until_s
    for known in sorted([*(Stretch(s, s) for s in part.seen_s), *part.exempt]):
        yield Stretch(since_s, min(known.from_s, until_s))
        since_s = max(since_s, known.until_s)
    yield Stretch(since_s, until_s)


def _rate(record: Record, part: Part, watching: Watching) -> Iterator[str]:
    """Yield the lowest rate of any ten seconds, in steps of five, if it is too low."""
    since_s, until_s = record.settled_s, record.observed_until_s
    window_s = min(RATE_WINDOW_S, until_s - since_s)
    if window_s <= watching.longest_hole_s:
        return
    last_s, step_s = until_s - window_s, window_s / 2
    steps = int((last_s - since_s) / step_s) + 1
    begins = [*(since_s + number * step_s for number in range(steps)), last_s]
    moments = (*part.seen_s, *part.held_s)
    lowest = min(sum(b <= s < b + window_s for s in moments) for b in begins) / window_s
    if lowest < watching.least_hz * RATE_TOLERANCE:
        yield (
            f"{part.observer} asked {part.name} {lowest:.1f} times a second, "
            f"{watching.least_hz:g} are needed"
        )
