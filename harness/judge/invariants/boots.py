"""When each boot of each node began, and when each node had no power."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.record.events import (
    AgentStarted,
    ClockReading,
    JournalLine,
    JournalRead,
    NodeSample,
    NodeSurvey,
    PowerChange,
)
from harness.record.spans import POWER_LOST, Life
from harness.record.timeline import Record

STARTED = "started"


@dataclass(frozen=True)
class Loss:
    """A loss of power of a node."""

    at_s: float
    back_s: float | None = None
    """When the node had power again; None if it never had."""


def first_signs(record: Record) -> dict[Life, float]:
    """Return when each boot of each node was first observed, in order of time.

    The first boot of a node began before the test, so its first sign is not the time of the boot.
    """
    found: dict[Life, float] = {}
    for life, at_s in sorted(_signs(record), key=lambda sign: sign[1]):
        if not life.boot:
            continue  # a survey that was cut short
        found.setdefault(life, at_s)
    return found


def lives_of(record: Record, node: str) -> list[tuple[float, Life]]:
    """Return the boots of one node in order, each with the time of its first sign."""
    return [(at_s, life) for life, at_s in first_signs(record).items() if life.node == node]


def losses_of_power(record: Record, node: str) -> list[Loss]:
    """Return each loss of power of a node that the hypervisor reported.

    libvirt reports a destroyed machine both as shut down and as stopped, 0.5 ms apart. Reports
    before the next start therefore count as one loss.
    """
    found: list[Loss] = []
    on = True
    for change in (e for e in record.of(PowerChange) if e.node == node):
        if change.change in POWER_LOST and on:
            found.append(Loss(change.at_s))
            on = False
        elif change.change == STARTED and not on:
            found[-1] = Loss(found[-1].at_s, change.at_s)
            on = True
    return found


def booted_in_test(record: Record, life: Life) -> bool:
    """Return whether the node booted after the cluster had settled."""
    ordered = lives_of(record, life.node)
    if not ordered or ordered[0][1] != life:
        return True
    first_s = ordered[0][0]
    starts = (e for e in record.of(PowerChange) if (e.node, e.change) == (life.node, STARTED))
    return any(record.settled_s < start.at_s <= first_s for start in starts)


def _signs(record: Record) -> Iterator[tuple[Life, float]]:
    events: list[NodeSample | AgentStarted | ClockReading | JournalLine] = [
        *record.of(NodeSample),
        *record.of(AgentStarted),
        *record.of(ClockReading),
        *record.of(JournalLine),
    ]
    for event in events:
        yield Life(event.node, event.boot), event.at_s
    for stretch in record.of(JournalRead):
        yield Life(stretch.node, stretch.boot), stretch.since_s
    for survey in record.of(NodeSurvey):
        yield Life(survey.node, survey.status.boot), survey.at_s
