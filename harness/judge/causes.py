"""Known causes of a failed or invalid test, for the report: a bare time-out explains little."""

from collections import Counter
from collections.abc import Iterator

from harness.judge.measures.outage import Outage, reads
from harness.record.events import ClusterView, Configuration, ConsoleLine, GuestLoad, NodeSurvey
from harness.record.journal_lines import refusals
from harness.record.power import off
from harness.record.timeline import Record

ABSENT_S = 60.0
"""A node is absent if its last answer is this much older than the last answer of any node. A survey
asks all nodes, and repeats within seconds."""
LAST_LINES = 3
MADE = ("cli-", "drbd-fence-by-handler-")
"""Prefixes of the ids of constraints created by tools and handlers."""


def causes(record: Record) -> Iterator[str]:
    """Yield what is out of order at the end of a record, in one line each."""
    for node in record.opened.nodes:
        yield from _absent(record, node)
    for guest in record.opened.guests:
        for outage in reads(record, guest):
            yield from _stood_still(record, guest, outage)
    yield from _refused(record)
    if views := record.of(ClusterView):
        yield from _of_view(views[-1])
    yield from _constraints(record)


def _absent(record: Record, node: str) -> Iterator[str]:
    """Yield a line for a node that does not answer at the end, with its last console lines."""
    if any(s.until_s >= record.end_s for s in off(record, node)):
        yield f"{node} has no power at the end"
        return
    surveys = record.of(NodeSurvey)
    answers = [e.at_s for e in surveys if e.node == node]
    if not surveys or (answers and answers[-1] >= surveys[-1].at_s - ABSENT_S):
        return
    last = [e.text for e in record.of(ConsoleLine) if e.machine == node][-LAST_LINES:]
    console = f"; its console ends with: {' / '.join(last)}" if last else ""
    yield f"{node} does not answer at the end{console}"


def _stood_still(record: Record, guest: str, outage: Outage) -> Iterator[str]:
    """Yield how the guest's processor was scheduled in an outage, if one QEMU ran throughout."""
    loads = [e for e in record.of(GuestLoad) if e.guest == guest]
    before = [e for e in loads if e.at_s <= outage.began_s][-1:]
    after = [e for e in loads if e.at_s >= outage.ended_s][:1]
    for first, last in zip(before, after, strict=False):
        if (first.node, first.boot, first.pid) == (last.node, last.boot, last.pid):
            ran_s, waited_s = last.ran_s - first.ran_s, last.waited_s - first.waited_s
            when = f"from {outage.began_s:.1f} to {outage.ended_s:.1f} s"
            ran = f"ran for {ran_s:.1f} of {last.at_s - first.at_s:.1f} s"
            vcpu = f"its processor on {first.node} {ran}, waited for {waited_s:.1f} s"
            yield f"{guest} did not answer {when}; {vcpu}"


def _refused(record: Record) -> Iterator[str]:
    """Yield each target whose fencing failed, how often, and the last reason.

    Every node reports each failure, so the largest count of any node is shown.
    """
    last: dict[str, str] = {}
    reports: Counter[tuple[str, str]] = Counter()
    for line, target, why in refusals(record):
        last[target] = f"{why.strip()} (by {line.node}'s account)"
        reports[target, line.node] += 1
    for target, why in last.items():
        times = max(number for (name, _), number in reports.items() if name == target)
        often = "once" if times == 1 else f"{times} times"
        yield f"the fencing of {target} failed {often}: {why}"


def _of_view(last: ClusterView) -> Iterator[str]:
    view = last.view
    if view.maintenance:
        yield "the cluster is in maintenance mode"
    for name, member in view.members.items():
        if not member.well:
            yield f"{name} is no member in good standing"
        if member.standby or member.maintenance:
            yield f"{name} is in {'standby' if member.standby else 'maintenance'}"
    for resource in view.resources:
        words = {"blocked": resource.blocked, "unmanaged": not resource.managed}
        words |= {"failed": resource.failed, resource.pending: bool(resource.pending)}
        if states := [word for word, holds in words.items() if holds]:
            where = f" on {' and '.join(resource.nodes)}" if resource.nodes else ""
            yield f"{resource.name}{where} is {', '.join(states)}"
    yield from (f"failed: {failure}" for failure in view.failures)


def _constraints(record: Record) -> Iterator[str]:
    ends = [e for e in record.of(Configuration) if e.moment == "end"]
    configured = [name for e in ends for name in e.elements]
    views = record.of(ClusterView)
    bans = views[-1].view.bans if views else ()
    for name in sorted({name for name in (*configured, *bans) if name.startswith(MADE)}):
        yield f"the constraint {name} is there"
