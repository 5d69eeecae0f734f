"""Periods of a test in which an error line can be expected, derived from the record."""

from collections.abc import Callable

from harness.judge.invariants.boots import booted_in_test, first_signs
from harness.judge.invariants.error_lines import ErrorLine
from harness.record.events import FaultStep, NodeSample, PowerChange
from harness.record.journal_lines import memberships
from harness.record.spans import Life
from harness.record.timeline import Record

Moment = Callable[[Record, ErrorLine], bool]
"""Returns whether the line falls into the period."""
AFTER_LIFT_S = 120.0
"""An emulated node settles 94 s after it gets its power back (lifted at 161 s of a record, settled
at 255 s)."""
AFTER_BOOT_S = 60.0
"""An emulated node takes 25 s from its kernel's first line to the start of its controller."""
AFTER_START_S = 60.0
"""A guest's kernel in an emulated node has started 4 s after the start of its process."""
AFTER_CHANGE_S = 60.0


def in_place(record: Record, line: ErrorLine) -> bool:
    """From the first fault to the last lift."""
    return _since_fault(record, line, lasting_s=0.0)


def in_fault(record: Record, line: ErrorLine) -> bool:
    """From the first fault until 120 s after the last lift."""
    return _since_fault(record, line, lasting_s=AFTER_LIFT_S)


def at_boot(record: Record, line: ErrorLine) -> bool:
    """Within 60 s of a boot that began in this test."""
    life = Life(line.machine, line.boot)
    first_s = first_signs(record).get(life)
    if first_s is None or not booted_in_test(record, life):
        return False
    return line.at_s <= first_s + AFTER_BOOT_S


def at_guest_start(record: Record, line: ErrorLine) -> bool:
    """Within 60 s of the start of a guest's process on that node."""
    samples = (sample for sample in record.of(NodeSample) if sample.node == line.machine)
    starts = {process.began_s for sample in samples for process in sample.runs}
    latest_s = line.at_s + line.uncertainty_s
    return any(started_s <= latest_s <= started_s + AFTER_START_S for started_s in starts)


def after_change(record: Record, line: ErrorLine) -> bool:
    """Within 60 s after a change of any node's power or of the membership.

    Never before the change: a token lost without a reason changes the membership too, and that
    change must not excuse the loss.
    """
    changes = [*record.of(PowerChange), *memberships(record)]
    latest_s = line.at_s + line.uncertainty_s
    return any(change.at_s <= latest_s <= change.at_s + AFTER_CHANGE_S for change in changes)


def either(*moments: Moment) -> Moment:
    """In any of these periods."""
    return lambda record, line: any(moment(record, line) for moment in moments)


def _since_fault(record: Record, line: ErrorLine, *, lasting_s: float) -> bool:
    """From the first fault until `lasting_s` after the last lift, or to the end without a lift."""
    faults, off_s = record.faults, line.uncertainty_s
    if not faults or line.at_s + off_s < faults[0].at_s:
        return False
    lifted_s = {e.fault: e.at_s for e in record.of(FaultStep) if e.step == "lifted"}
    if any(fault.at_s > lifted_s.get(fault.fault, -1.0) for fault in faults):
        return True
    return line.at_s - off_s <= max(lifted_s.values()) + lasting_s
