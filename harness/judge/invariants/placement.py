"""I4 and I10: where a guest may run."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.judge.invariants.boots import booted_in_test
from harness.judge.invariants.processes import Process, processes
from harness.record.events import JournalLine, NodeLook, NodeSurvey
from harness.record.journal_lines import quorum_changes
from harness.record.spans import AGENT, Life, awake, clock_uncertainty_s, life_of
from harness.record.timeline import Record

Stretch = tuple[float, float]


def only_with_quorum(record: Record) -> Iterator[str]:
    """I4: no guest begins on a node without quorum; one whose node loses it stops in time.

    The life that was there as the cluster settled had quorum. Each later one has none until its
    Corosync reports that it has.
    """
    for guest in record.opened.guests:
        for process in processes(record, guest):
            for without in _without_quorum(record, process.life):
                if evidence := _breach(record, process, without):
                    yield f"{guest} {evidence}"


def only_on_its_primary(record: Record) -> Iterator[str]:
    """I10: no guest runs on a node where its replica set is not primary.

    Two looks in a row have to show it. One look reads the processes first and DRBD's roles a moment
    later, so a guest that ends and a replica that is demoted meanwhile make one that never was.
    DRBD demotes nothing that is held open, so an open device is not surer than one look either.
    """
    stray: dict[tuple[str, str], float] = {}
    for earlier, later in _in_a_row(record):
        for guest in _without_primary(earlier) & _without_primary(later):
            stray.setdefault((guest, earlier.node), earlier.at_s)
    for (guest, node), at_s in stray.items():
        yield f"{guest} ran on {node} at {at_s:.1f} s, its replica there not primary"


def never_on_arbitrator(record: Record) -> Iterator[str]:
    """I10: no guest runs on the node that only votes."""
    stray: dict[tuple[str, str], float] = {}
    for survey in record.of(NodeSurvey):
        if record.opened.nodes.get(survey.node) == "arbitrator":
            for guest in survey.status.guests:
                stray.setdefault((guest, survey.node), survey.at_s)
    for (guest, node), at_s in stray.items():
        yield f"{guest} ran on {node} at {at_s:.1f} s, which holds no replica"


def _without_quorum(record: Record, life: Life) -> Iterator[Stretch]:
    """When that life had no quorum; from minus infinity for one that booted without it.

    Of a life whose journal was not read nothing is known.
    """
    booted = booted_in_test(record, life)
    heard = any(life_of(line) == life for line in record.of(JournalLine))
    begin_s = float("-inf") if booted and heard else None
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
    """What a process did without quorum, if that is sure by both clocks of its node."""
    readers = ("node_agent", "journals")
    off_s = sum(clock_uncertainty_s(record, process.life, reader) for reader in readers)
    lost_s, had_s = without
    if lost_s + off_s <= process.born_s <= had_s - off_s:
        return f"began to run on {process.node} at {process.born_s:.1f} s without quorum"
    length_s = _awake_s(record, process, without)
    if length_s - off_s > record.opened.quorum_stop_s:
        most = f"{record.opened.quorum_stop_s:.1f} s is the most"
        return f"ran on {process.node} for {length_s:.1f} s without quorum, {most}"
    return None


def _awake_s(record: Record, process: Process, without: Stretch) -> float:
    """For how long the process ran in that stretch; a node that is suspended runs nothing."""
    pieces = [piece for span in process.spans for piece in awake(record, span)]
    return sum(max(0.0, min(p.last_s, without[1]) - max(p.first_s, without[0])) for p in pieces)


def _in_a_row(record: Record) -> Iterator[tuple[NodeLook, NodeLook]]:
    """Each two looks of one life that follow one another closely."""
    watching = record.opened.observers.get(AGENT)
    limit_s = watching.longest_hole_s if watching else 0.0
    by_life: dict[Life, list[NodeLook]] = {}
    for look in record.of(NodeLook):
        by_life.setdefault(life_of(look), []).append(look)
    looks: Sequence[NodeLook]
    for looks in by_life.values():
        yield from (pair for pair in pairwise(looks) if pair[1].at_s - pair[0].at_s <= limit_s)


def _without_primary(look: NodeLook) -> frozenset[str]:
    return look.guests - set(look.primary)
