"""Do the observers' accounts hold together, and were they heard to the end?"""

import re
from collections.abc import Iterator
from itertools import combinations

from harness.record.events import (
    AgentStarted,
    Blind,
    ClockReading,
    JournalLine,
    JournalRead,
    NodeLook,
    NodeSurvey,
    PowerState,
)
from harness.record.power import off, suspended
from harness.record.spans import Life, life_of
from harness.record.timeline import Record

CLOCK_DRIFT_S = 0.25
"""Two readings of one life's clock were at most 0.024 s apart in honest tests."""
CONTRADICTED_S = 5.0
"""How long before and after a survey the agent's looks are compared with it."""
LOST_LINES = re.compile(
    r"^(Suppressed|Missed) \d+ (kernel )?messages|Failed to write entry|No space left on device"
)


def unreliable(record: Record) -> Iterator[str]:
    """Every reason not to believe an observer, in one line each."""
    yield from _agents(record)
    yield from _journals(record)
    yield from _clocks(record)
    yield from _power(record)


def _journals(record: Record) -> Iterator[str]:
    """Every boot of every node that has power in the end was read, from the beginning on."""
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
    """A stream of events that ended: what DRBD or libvirt reports after that is not heard."""
    for event in record.of(Blind):
        in_time = record.settled_s <= event.at_s <= record.observed_until_s
        if event.observer in ("drbd", "libvirt") and in_time and _powered(record, event):
            yield event


def _powered(record: Record, event: Blind) -> bool:
    return not any(s.from_s - 1 <= event.at_s <= s.until_s for s in off(record, event.part))


def _contradictions(record: Record) -> Iterator[str]:
    """What a node answered to the survey, against what its agent saw around that moment."""
    looks: dict[Life, list[NodeLook]] = {}
    for look in record.of(NodeLook):
        looks.setdefault(life_of(look), []).append(look)
    for survey in record.of(NodeSurvey):
        near = [
            look
            for look in looks.get(Life(survey.node, survey.status.boot), ())
            if abs(look.at_s - survey.at_s) <= CONTRADICTED_S
        ]
        if not near or not near[0].at_s <= survey.at_s <= near[-1].at_s:
            continue
        for guest in record.opened.guests:
            seen = {guest in look.guests for look in near}
            if seen == {guest not in survey.status.guests}:
                yield (
                    f"node_agent and survey contradict each other: {guest} on {survey.node} "
                    f"at {survey.at_s:.1f} s"
                )
                return


def _of_logging(line: JournalLine) -> bool:
    return line.who in ("systemd-journald", "systemd-journal", "kernel", "rsyslogd", "journal")


def boots(record: Record) -> set[Life]:
    """Every boot of which anything was seen."""
    looks = {life_of(look) for look in record.of(NodeLook)}
    return looks | {Life(e.node, e.status.boot) for e in record.of(NodeSurvey)}


def _clocks(record: Record) -> Iterator[str]:
    """Readings of one boot's clock agree, but for the time for which it was suspended."""
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
    """The hypervisor's answers, against the changes that it reported."""
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
