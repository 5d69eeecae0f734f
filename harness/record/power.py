"""Periods in which a node had no power or was suspended, from the hypervisor's reports."""

from typing import NamedTuple

from harness.record.events import PowerChange, PowerState
from harness.record.spans import POWER_LOST
from harness.record.timeline import Record

ENDS_SUSPENSION = ("resumed", "started", *POWER_LOST)
"""Changes that end a suspension. libvirt also reports `defined` when a link is set up or down."""


class Stretch(NamedTuple):
    """A period, in monotonic seconds."""

    from_s: float
    until_s: float

    @property
    def length_s(self) -> float:
        """Length of the period."""
        return self.until_s - self.from_s


def off(record: Record, node: str) -> list[Stretch]:
    """Return the periods in which the node had no power, up to the end of the record."""
    states = [e for e in record.of(PowerState) if e.node == node]
    off_s = None if not states or states[0].on else states[0].at_s
    stretches = []
    for change in (e for e in record.of(PowerChange) if e.node == node):
        if change.change in POWER_LOST and off_s is None:
            off_s = change.at_s
        elif change.change == "started" and off_s is not None:
            stretches.append(Stretch(off_s, change.at_s))
            off_s = None
    return [*stretches, *([] if off_s is None else [Stretch(off_s, record.end_s)])]


def suspended(record: Record, node: str) -> list[Stretch]:
    """Return the periods in which the node was suspended. Its clock stands still meanwhile."""
    since_s, stretches = None, []
    for change in (e for e in record.of(PowerChange) if e.node == node):
        if change.change == "suspended" and since_s is None:
            since_s = change.at_s
        elif change.change in ENDS_SUSPENSION and since_s is not None:
            stretches.append(Stretch(since_s, change.at_s))
            since_s = None
    return [*stretches, *([] if since_s is None else [Stretch(since_s, record.end_s)])]
