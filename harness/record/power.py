"""When a node had no power, by the hypervisor's word."""

from typing import NamedTuple

from harness.record.events import PowerChange, PowerState
from harness.record.spans import DEAD
from harness.record.timeline import Record

AWAKE = ("resumed", "started", *DEAD)
"""What ends a suspension. A cable that is plugged or pulled reports `defined` meanwhile."""


class Stretch(NamedTuple):
    """From one moment to another, in seconds."""

    from_s: float
    until_s: float

    @property
    def length_s(self) -> float:
        """How long it lasts."""
        return self.until_s - self.from_s


def off(record: Record, node: str) -> list[Stretch]:
    """Stretches without power, to the end of the record."""
    states = [e for e in record.of(PowerState) if e.node == node]
    off_s = None if not states or states[0].on else states[0].at_s
    stretches = []
    for change in (e for e in record.of(PowerChange) if e.node == node):
        if change.change in DEAD and off_s is None:
            off_s = change.at_s
        elif change.change == "started" and off_s is not None:
            stretches.append(Stretch(off_s, change.at_s))
            off_s = None
    return [*stretches, *([] if off_s is None else [Stretch(off_s, record.end_s)])]


def suspended(record: Record, node: str) -> list[Stretch]:
    """Stretches in which the hypervisor had suspended the node: its clock stands still."""
    since_s, stretches = None, []
    for change in (e for e in record.of(PowerChange) if e.node == node):
        if change.change == "suspended" and since_s is None:
            since_s = change.at_s
        elif change.change in AWAKE and since_s is not None:
            stretches.append(Stretch(since_s, change.at_s))
            since_s = None
    return [*stretches, *([] if since_s is None else [Stretch(since_s, record.end_s)])]
