"""I11 and I12: a fault relocates only guests of the node that it hits, and none fails back."""

from collections.abc import Iterator, Sequence

from harness.judge.invariants.processes import Process, processes
from harness.judge.measures.outage import reboots
from harness.record.events import FaultInjecting, FaultStep, HttpSample
from harness.record.journal_lines import quorum_changes
from harness.record.timeline import Record


def bystanders_undisturbed(record: Record) -> Iterator[str]:
    """I11: a guest that no fault may disturb does not stop, move or reboot.

    A fault may disturb the guests on its victims if its `disturbs_guests` is set. A node that loses
    quorum by two faults together must stop its guests, so that is no breach either.
    """
    for guest in record.opened.guests:
        for process in processes(record, guest):
            for moment_s, disturbance in _disturbances(record, guest, process):
                fault_before = any(
                    process.alive_at(f.at_s) and f.at_s < moment_s for f in record.faults
                )
                if fault_before and not _excused(record, process, moment_s):
                    why = _why_not_excused(record, process)
                    yield f"{guest} {disturbance} on {process.node} by {moment_s:.1f} s, {why}"
                    break


def no_failback(record: Record) -> Iterator[str]:
    """I12: a guest that failed over does not return to the node that was hit.

    It may return if a fault hits the node that it moved to: then it fails over once more.
    """
    for guest in record.opened.guests:
        found = processes(record, guest)
        reported: set[str] = set()
        for fault in record.faults:
            for origin in (p for p in found if p.alive_at(fault.at_s) and p.node in fault.victims):
                text = _failback(record, origin, [p for p in found if p.started_s > fault.at_s])
                if text and origin.node not in reported:
                    reported.add(origin.node)
                    yield f"{guest} {text}"


def _disturbances(record: Record, guest: str, process: Process) -> Iterator[tuple[float, str]]:
    """Yield each reboot in place and the end of a process, with the time at which it was known.

    The previous boot id must be of the same process: a guest that was moved or restarted answers
    with another boot id too.
    """
    for moment_s, boot in reboots(record, guest):
        samples = [
            e for e in record.of(HttpSample) if e.guest == guest and e.boot not in ("", boot)
        ]
        before = any(process.started_s <= sample.at_s < moment_s for sample in samples)
        if before and process.alive_at(moment_s):
            yield moment_s, "had rebooted"
    if process.ended_s is not None:
        yield process.ended_s, "had stopped"


def _excused(record: Record, process: Process, moment_s: float) -> bool:
    """Return whether the process could be disturbed: its node was hit, or lost quorum."""
    earlier = [fault for fault in record.faults if fault.at_s <= moment_s]
    hit = any(
        fault.disturbs_guests
        and process.node in fault.victims
        and not _lifted_by(record, fault, process.started_s)
        for fault in earlier
    )
    lost_quorum = any(
        not has and line.node == process.node and earlier[0].at_s <= line.at_s <= moment_s
        for line, has in quorum_changes(record)
    )
    return hit or (len(earlier) > 1 and lost_quorum)


def _lifted_by(record: Record, fault: FaultInjecting, moment_s: float) -> bool:
    """Return whether the fault was lifted by that moment."""
    lifts = (e for e in record.of(FaultStep) if (e.fault, e.step) == (fault.fault, "lifted"))
    return any(fault.at_s <= lift.at_s <= moment_s for lift in lifts)


def _why_not_excused(record: Record, process: Process) -> str:
    """Return why the process should have continued."""
    for fault in record.faults:
        if process.node in fault.victims and not fault.disturbs_guests:
            return f"{fault.fault} may not disturb it"
    return f"no fault hit {process.node}"


def _failback(record: Record, origin: Process, later: Sequence[Process]) -> str | None:
    """Return a line for the process that started on `origin` after the guest had moved away."""
    moved = next((process for process in later if process.node != origin.node), None)
    if moved is None:
        return None
    returned = next(
        (p for p in later if p.node == origin.node and p.started_s > moved.started_s), None
    )
    hit = [fault.at_s for fault in record.faults if moved.node in fault.victims]
    if returned is None or any(moved.started_s <= at_s <= returned.started_s for at_s in hit):
        return None
    return f"ran on {origin.node} again at {returned.started_s:.1f} s, it had gone to {moved.node}"
