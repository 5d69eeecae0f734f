"""I4 and I10: the nodes on which a guest may run."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.judge.invariants.boots import booted_in_test
from harness.judge.invariants.processes import Process, processes
from harness.record.events import JournalLine, NodeSample, NodeSurvey
from harness.record.journal_lines import quorum_changes
from harness.record.spans import AGENT, Life, awake, clock_uncertainty_s, life_of
from harness.record.timeline import Record

Stretch = tuple[float, float]


def only_with_quorum(record: Record) -> Iterator[str]:
    """I4: no guest starts on a node without quorum, and a guest stops in time when quorum is lost.

    A node had quorum when the cluster settled. After a reboot it has none until its Corosync
    reports quorum.
    """
    for guest in record.opened.guests:
        for process in processes(record, guest):
            for without in _without_quorum(record, process.life):
                if evidence := _breach(record, process, without):
                    yield f"{guest} {evidence}"


def only_on_its_primary(record: Record) -> Iterator[str]:
    """I10: no guest runs on a node where its replica set is not primary.

    Two consecutive samples must show it. The agent reads the processes first and DRBD's roles a
    moment later. If the guest ends and its replica is demoted in between, one sample shows a state
    that never existed. An open device is no better evidence: DRBD demotes no device that is open.
    """
    misplaced: dict[tuple[str, str], float] = {}
    for earlier, later in _consecutive(record):
        for guest in _without_primary(earlier) & _without_primary(later):
            misplaced.setdefault((guest, earlier.node), earlier.at_s)
    for (guest, node), at_s in misplaced.items():
        yield f"{guest} ran on {node} at {at_s:.1f} s, its replica there not primary"


def never_on_arbitrator(record: Record) -> Iterator[str]:
    """I10: no guest runs on the arbitrator."""
    misplaced: dict[tuple[str, str], float] = {}
    for survey in record.of(NodeSurvey):
        if record.opened.nodes.get(survey.node) == "arbitrator":
            for guest in survey.status.guests:
                misplaced.setdefault((guest, survey.node), survey.at_s)
    for (guest, node), at_s in misplaced.items():
        yield f"{guest} ran on {node} at {at_s:.1f} s, which holds no replica"


def _without_quorum(record: Record, life: Life) -> Iterator[Stretch]:
    """Yield the periods in which a boot had no quorum.

    The first period of a node that booted in the test begins at minus infinity. A boot without a
    journal yields nothing.
    """
    booted = booted_in_test(record, life)
    journal_read = any(life_of(line) == life for line in record.of(JournalLine))
    begin_s = float("-inf") if booted and journal_read else None
    for line, has in quorum_changes(record):
        if life_of(line) != life:
            continue
        if has and begin_s is not None:
            yield begin_s, line.at_s
            begin_s = None
        elif not has and begin_s is None:
            begin_s = line.at_s
    if begin_s is not None:
        yield begin_s, float("inf")


def _breach(record: Record, process: Process, without: Stretch) -> str | None:
    """Return what a process did without quorum, or None if the clocks leave a doubt.

    The process is known by the agent's reading of the node's clock, quorum by the journal's.
    """
    readers = ("node_agent", "journals")
    off_s = sum(clock_uncertainty_s(record, process.life, reader) for reader in readers)
    lost_s, had_s = without
    if lost_s + off_s <= process.started_s <= had_s - off_s:
        return f"began to run on {process.node} at {process.started_s:.1f} s without quorum"
    length_s = _awake_s(record, process, without)
    if length_s - off_s > record.opened.quorum_stop_s:
        limit = f"the limit is {record.opened.quorum_stop_s:.1f} s"
        return f"ran on {process.node} for {length_s:.1f} s without quorum, {limit}"
    return None


def _awake_s(record: Record, process: Process, without: Stretch) -> float:
    """Return for how long the process ran in that period. A suspended node runs nothing."""
    pieces = [piece for span in process.spans for piece in awake(record, span)]
    return sum(max(0.0, min(p.last_s, without[1]) - max(p.first_s, without[0])) for p in pieces)


def _consecutive(record: Record) -> Iterator[tuple[NodeSample, NodeSample]]:
    """Yield each two consecutive samples of one boot that are within the agent's limit."""
    watching = record.opened.observers.get(AGENT)
    limit_s = watching.longest_hole_s if watching else 0.0
    by_life: dict[Life, list[NodeSample]] = {}
    for sample in record.of(NodeSample):
        by_life.setdefault(life_of(sample), []).append(sample)
    samples: Sequence[NodeSample]
    for samples in by_life.values():
        yield from (pair for pair in pairwise(samples) if pair[1].at_s - pair[0].at_s <= limit_s)


def _without_primary(sample: NodeSample) -> frozenset[str]:
    return sample.guests - set(sample.primary)
