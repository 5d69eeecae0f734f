"""When a line that looks like trouble may come: moments of a test, bound to what it records."""

from collections.abc import Callable

from harness.judge.invariants.boots import booted_in_test, first_signs
from harness.judge.invariants.complaints import Complaint
from harness.record.events import FaultStep, NodeLook, PowerChange
from harness.record.journal_lines import memberships
from harness.record.spans import Life
from harness.record.timeline import Record

Moment = Callable[[Record, Complaint], bool]
"""Does that line come in this moment?"""
AFTER_LIFT_S = 120.0
"""An emulated node that gets its power back settles 94 s later (255 s of a record, lifted at
161 s)."""
AFTER_BOOT_S = 60.0
"""From the first line of an emulated node's kernel to its controller's start it takes 25 s."""
AFTER_START_S = 60.0
"""A guest's kernel in an emulated node has started 4 s after the birth of its process."""
AFTER_CHANGE_S = 60.0


def in_place(record: Record, complaint: Complaint) -> bool:
    """From the first fault to the last lift."""
    return _since_fault(record, complaint, lasting_s=0.0)


def in_fault(record: Record, complaint: Complaint) -> bool:
    """From the first fault until 120 s after the last lift."""
    return _since_fault(record, complaint, lasting_s=AFTER_LIFT_S)


def at_boot(record: Record, complaint: Complaint) -> bool:
    """Within 60 s of the beginning of a life that began in this test."""
    life = Life(complaint.machine, complaint.boot)
    first_s = first_signs(record).get(life)
    if first_s is None or not booted_in_test(record, life):
        return False
    return complaint.at_s <= first_s + AFTER_BOOT_S


def at_guest_start(record: Record, complaint: Complaint) -> bool:
    """Within 60 s of the birth of a guest's process on that node."""
    looks = (look for look in record.of(NodeLook) if look.node == complaint.machine)
    births = {process.began_s for look in looks for process in look.runs}
    latest_s = complaint.at_s + complaint.uncertainty_s
    return any(born_s <= latest_s <= born_s + AFTER_START_S for born_s in births)


def after_change(record: Record, complaint: Complaint) -> bool:
    """Within 60 s after a change of any node's power, or of the membership.

    Never before: a token that is lost for no reason changes the membership, and that must not
    excuse it.
    """
    changes = [*record.of(PowerChange), *memberships(record)]
    latest_s = complaint.at_s + complaint.uncertainty_s
    return any(change.at_s <= latest_s <= change.at_s + AFTER_CHANGE_S for change in changes)


def either(*moments: Moment) -> Moment:
    """In any of these moments."""
    return lambda record, complaint: any(moment(record, complaint) for moment in moments)


def _since_fault(record: Record, complaint: Complaint, *, lasting_s: float) -> bool:
    """From the first fault on; to the end while one is not lifted."""
    faults, off_s = record.faults, complaint.uncertainty_s
    if not faults or complaint.at_s + off_s < faults[0].at_s:
        return False
    lifted_s = {e.fault: e.at_s for e in record.of(FaultStep) if e.step == "lifted"}
    if any(fault.at_s > lifted_s.get(fault.fault, -1.0) for fault in faults):
        return True
    return complaint.at_s - off_s <= max(lifted_s.values()) + lasting_s
