"""I11 and I12: a fault moves the guests of the node that it hits, no others, and none back."""

from collections.abc import Iterator, Sequence

from harness.judge.invariants.processes import Process, processes
from harness.judge.measures.outage import reboots
from harness.record.events import FaultInjecting, FaultStep, HttpSample
from harness.record.journal_lines import quorum_changes
from harness.record.timeline import Record


def bystanders_unhurt(record: Record) -> Iterator[str]:
    """I11: a guest that no fault disturbs goes on: it does not end, move or boot anew.

    A fault disturbs the guests on its victims, if it disturbs any. And a node that loses its quorum
    by two faults together has to stop its guests.
    """
    for guest in record.opened.guests:
        for process in processes(record, guest):
            for moment_s, harm in _harms(record, guest, process):
                struck = any(process.there_at(f.at_s) and f.at_s < moment_s for f in record.faults)
                if struck and not _excused(record, process, moment_s):
                    why = _innocence(record, process)
                    yield f"{guest} {harm} on {process.node} by {moment_s:.1f} s, {why}"
                    break


def no_failback(record: Record) -> Iterator[str]:
    """I12: a guest that went away from the node that was hit does not run there again.

    Unless a fault hits the node that it went to: then it fails over once more.
    """
    for guest in record.opened.guests:
        found = processes(record, guest)
        reported: set[str] = set()
        for fault in record.faults:
            for home in (p for p in found if p.there_at(fault.at_s) and p.node in fault.victims):
                text = _failback(record, home, [p for p in found if p.born_s > fault.at_s])
                if text and home.node not in reported:
                    reported.add(home.node)
                    yield f"{guest} {text}"


def _harms(record: Record, guest: str, process: Process) -> Iterator[tuple[float, str]]:
    """It boots anew in place, or it ends; with the moment at which that is known.

    The boot before must have been of this process as well: one that was moved or restarted answers
    with another boot, too.
    """
    for moment_s, boot in reboots(record, guest):
        samples = [
            e for e in record.of(HttpSample) if e.guest == guest and e.boot not in ("", boot)
        ]
        before = any(process.born_s <= sample.at_s < moment_s for sample in samples)
        if before and process.there_at(moment_s):
            yield moment_s, "had booted anew"
    if process.ended_s is not None:
        yield process.ended_s, "had stopped"


def _excused(record: Record, process: Process, moment_s: float) -> bool:
    """May that process be harmed by then: was its node hit, or did it lose its quorum?"""
    earlier = [fault for fault in record.faults if fault.at_s <= moment_s]
    hit = any(
        fault.disturbs_guests
        and process.node in fault.victims
        and not _over_before(record, fault, process.born_s)
        for fault in earlier
    )
    lost_quorum = any(
        not has and line.node == process.node and earlier[0].at_s <= line.at_s <= moment_s
        for line, has in quorum_changes(record)
    )
    return hit or (len(earlier) > 1 and lost_quorum)


def _over_before(record: Record, fault: FaultInjecting, moment_s: float) -> bool:
    """Was the fault lifted by then?"""
    lifts = (e for e in record.of(FaultStep) if (e.fault, e.step) == (fault.fault, "lifted"))
    return any(fault.at_s <= lift.at_s <= moment_s for lift in lifts)


def _innocence(record: Record, process: Process) -> str:
    """Why that process should have gone on."""
    for fault in record.faults:
        if process.node in fault.victims and not fault.disturbs_guests:
            return f"{fault.fault} may not disturb it"
    return f"no fault hit {process.node}"


def _failback(record: Record, home: Process, later: Sequence[Process]) -> str | None:
    """The process at home that began after the guest had gone elsewhere, in words."""
    went = next((process for process in later if process.node != home.node), None)
    if went is None:
        return None
    back = next((p for p in later if p.node == home.node and p.born_s > went.born_s), None)
    hit = [fault.at_s for fault in record.faults if went.node in fault.victims]
    if back is None or any(went.born_s <= at_s <= back.born_s for at_s in hit):
        return None
    return f"ran on {home.node} again at {back.born_s:.1f} s, it had gone to {went.node}"
