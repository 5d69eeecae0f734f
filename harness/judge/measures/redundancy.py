"""When a guest had two good replicas again, by the DRBD events of both data nodes."""

from datetime import timedelta

from harness.record.events import DrbdChange, FaultStep, NodeSample, PowerChange
from harness.record.spans import POWER_LOST, Life, life_of
from harness.record.timeline import Record

GOOD = {"disk": "UpToDate", "peer-disk": "UpToDate"}
"""The states of both disks of a replica set, as one node reports them (drbdsetup(8), events2)."""
STATE_OF = {"device": "disk", "peer-device": "peer-disk"}
States = dict[Life, dict[str, str]]


def redundant_again(record: Record, guest: str) -> timedelta | None:
    """Return the time from the last lift until both replicas were good for the rest of the test.

    It is 0 if they were good at the lift, and lasts to the end if they never were again. Both are
    good at the beginning, because a trial begins with a settled cluster. Returns None if no fault
    was lifted, or if no data node was observed at the beginning.
    """
    lifts = [step.at_s for step in record.of(FaultStep) if step.step == "lifted"]
    samples = [e for e in record.of(NodeSample) if e.at_s <= record.settled_s]
    if not lifts or not samples:
        return None
    known: States = {life_of(sample): dict(GOOD) for sample in samples}
    good_since_s: float | None = record.settled_s
    for event in record.events:
        if isinstance(event, DrbdChange) and event.guest == guest:
            _enter(event, known)
        elif isinstance(event, PowerChange) and event.change in POWER_LOST:
            known = {life: states for life, states in known.items() if life.node != event.node}
        good_s = event.at_s if good_since_s is None else good_since_s
        good_since_s = good_s if GOOD in known.values() else None
    until_s = record.observed_until_s if good_since_s is None else good_since_s
    return timedelta(seconds=max(0.0, until_s - max(lifts)))


def _enter(change: DrbdChange, known: States) -> None:
    """Enter what a node reports about one of both disks."""
    key = STATE_OF.get(change.what)
    if key is None:
        return
    states = known.setdefault(life_of(change), {})
    if change.change == "destroy":
        states.pop(key, None)
    elif key in change.states:
        states[key] = change.states[key]
