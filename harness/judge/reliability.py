"""Reliability of the observers: complete journals, stable clocks, no contradictions."""

import re
from collections.abc import Iterator
from itertools import combinations

from harness.record.events import (
    AgentStarted,
    Blind,
    ClockReading,
    JournalLine,
    JournalRead,
    NodeSample,
    NodeSurvey,
    PowerState,
    StreamOpened,
)
from harness.record.power import off, suspended
from harness.record.spans import Life, life_of
from harness.record.timeline import Record

CLOCK_DRIFT_S = 0.25
"""Largest difference between two readings of one boot's clock. It was at most 0.024 s in valid
tests."""
CONTRADICTED_S = 5.0
"""Period before and after a survey in which the agent's samples are compared with it."""
LOST_LINES = re.compile(
    r"^(Suppressed|Missed) \d+ (kernel )?messages|Failed to write entry|No space left on device"
)


def unreliable(record: Record) -> Iterator[str]:
    """Yield every reason not to rely on an observer, in one line each."""
    yield from _agents(record)
    yield from _journals(record)
    yield from _clocks(record)
    yield from _power(record)


def _journals(record: Record) -> Iterator[str]:
    """Yield each journal that was not read completely, of nodes that have power at the end."""
    for node in record.opened.nodes:
        yield from _journal_of(record, node)
    for line in record.of(JournalLine):
        if line.at_s >= record.settled_s and LOST_LINES.search(line.text) and _of_logging(line):
            yield f"the journal of {line.node} has a hole at {line.at_s:.1f} s: {line.text.strip()}"
            return


def _journal_of(record: Record, node: str) -> Iterator[str]:
    watching = record.opened.observers.get("journals")
    slack_s = watching.longest_hole_s if watching else 0.0
    read = {e.boot: e for e in record.of(JournalRead) if e.node == node}
    if any(s.until_s >= record.end_s for s in off(record, node)):
        return
    if not read:
        yield f"the journal of {node} was not read"
        return
    if min(e.since_s for e in read.values()) > record.settled_s + slack_s:
        yield f"the journal of {node} was not read from the beginning"
    if max(e.until_s for e in read.values()) < record.observed_until_s - slack_s:
        yield f"the journal of {node} was not read to the end"
    for life in sorted(boots(record)):
        if life.node == node and life.boot not in read:
            yield f"the journal of {node}, boot {life.boot[:8]}, was not read"


def _agents(record: Record) -> Iterator[str]:
    starts: dict[Life, int] = {}
    for event in record.of(AgentStarted):
        life = Life(event.node, event.boot)
        starts[life] = starts.get(life, 0) + 1
    for life, number in starts.items():
        if number > 1:
            yield f"node_agent on {life.node} was started {number} times in one boot"
    yield from (f"{e.observer}: {e.part}: {e.reason}" for e in _blind_agents(record))
    yield from _contradictions(record)


def _blind_agents(record: Record) -> Iterator[Blind]:
    """Yield each event stream of DRBD or libvirt that ended while its node had power.

    A fault may end a daemon of its victim, and with it a stream, if the agent opened it again or
    the node lost its power afterwards: it was shutting down. The agent's samples of the guests'
    processes do not depend on the streams.
    """
    for event in record.of(Blind):
        in_time = record.settled_s <= event.at_s <= record.observed_until_s
        streams = event.observer in ("drbd", "libvirt") and in_time and _powered(record, event)
        if streams and not _intended(record, event):
            yield event


def _intended(record: Record, event: Blind) -> bool:
    """Return whether a fault's victim ended a stream and opened it again, or shut down."""
    if not any(f.at_s <= event.at_s and event.part in f.victims for f in record.faults):
        return False
    reopened = any(
        (opened.node, opened.stream) == (event.part, event.observer) and opened.at_s > event.at_s
        for opened in record.of(StreamOpened)
    )
    return reopened or any(s.from_s > event.at_s for s in off(record, event.part))


def _powered(record: Record, event: Blind) -> bool:
    return not any(s.from_s - 1 <= event.at_s <= s.until_s for s in off(record, event.part))


def _contradictions(record: Record) -> Iterator[str]:
    """Yield a contradiction between a node's survey and its agent's samples around that time."""
    samples: dict[Life, list[NodeSample]] = {}
    for sample in record.of(NodeSample):
        samples.setdefault(life_of(sample), []).append(sample)
    for survey in record.of(NodeSurvey):
        near = [
            sample
            for sample in samples.get(Life(survey.node, survey.status.boot), ())
            if abs(sample.at_s - survey.at_s) <= CONTRADICTED_S
        ]
        if not near or not near[0].at_s <= survey.at_s <= near[-1].at_s:
            continue
        for guest in record.opened.guests:
            # A process without its disk is about to end, or has just begun: either is right.
            sure = [s for s in near if guest not in s.guests or guest in s.open]
            seen = {guest in sample.guests for sample in sure}
            if seen == {guest not in survey.status.guests}:
                yield (
                    f"node_agent and survey contradict each other: {guest} on {survey.node} "
                    f"at {survey.at_s:.1f} s"
                )
                return


def _of_logging(line: JournalLine) -> bool:
    return line.who in ("systemd-journald", "systemd-journal", "kernel", "rsyslogd", "journal")


def boots(record: Record) -> set[Life]:
    """Return every boot that an agent or a survey observed."""
    samples = {life_of(sample) for sample in record.of(NodeSample)}
    return samples | {Life(e.node, e.status.boot) for e in record.of(NodeSurvey)}


def _clocks(record: Record) -> Iterator[str]:
    """Yield each clock that was stepped or not read. A suspension is no step."""
    readings: dict[Life, list[ClockReading]] = {}
    for reading in record.of(ClockReading):
        readings.setdefault(life_of(reading), []).append(reading)
    for life, of_life in readings.items():
        stepped_s = max(
            (abs(_step_s(record, a, b)) for a, b in combinations(of_life, 2)), default=0
        )
        unsure_s = 2 * max(e.uncertainty_s for e in of_life)
        if stepped_s > unsure_s + CLOCK_DRIFT_S:
            yield f"the clock of {life.node} was stepped by {stepped_s:.1f} s in the test"
    for life in sorted(boots(record) - set(readings)):
        yield f"the clock of {life.node}, boot {life.boot[:8]}, was not read"


def _step_s(record: Record, one: ClockReading, other: ClockReading) -> float:
    halted_s = sum(
        s.length_s
        for s in suspended(record, one.node)
        if one.at_s <= s.from_s and s.until_s <= other.at_s
    )
    return other.offset_s - one.offset_s + halted_s


def _power(record: Record) -> Iterator[str]:
    """Yield contradictions between the hypervisor's answers and the changes that it reported."""
    for node in record.opened.nodes:
        states = [e for e in record.of(PowerState) if e.node == node]
        if len(states) < 2:
            yield f"the hypervisor was not asked for the power of {node} at both ends of the test"
        dark = off(record, node)
        for state in states:
            # At the moment of a change both answers are true.
            lit = not any(s.from_s < state.at_s < s.until_s for s in dark)
            out = any(s.from_s <= state.at_s <= s.until_s for s in dark)
            if not (lit if state.on else out):
                word = "has" if state.on else "has no"
                yield f"{node} {word} power, and no change of it was reported"
