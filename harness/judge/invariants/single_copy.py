"""I1 and I2: there is never more than one running guest or one primary replica."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from harness.record.events import NodeSample
from harness.record.spans import Span, awake, primary, running, surely_overlap
from harness.record.timeline import Record

Stretch = tuple[float, float]


def guest_never_twice(record: Record) -> Iterator[str]:
    """I1: no guest has two QEMU processes at the same time, on two nodes or on one."""
    for guest in record.opened.guests:
        spans = [piece for span in running(record, guest) for piece in awake(record, span)]
        for evidence in _on_two_nodes(spans):
            yield f"{guest} ran on {evidence}"
        for evidence in _twice_on_one(record, guest):
            yield f"{guest} ran twice on {evidence}"


def never_two_primaries(record: Record) -> Iterator[str]:
    """I2: no replica set is primary on two nodes at the same time."""
    for guest in record.opened.guests:
        spans = [piece for span in primary(record, guest) for piece in awake(record, span)]
        for evidence in _on_two_nodes(spans):
            yield f"{guest} was primary on {evidence}"


def _on_two_nodes(spans: Sequence[Span]) -> Iterator[str]:
    """Yield each pair of nodes with overlapping spans: since when, and for how long in total."""
    both: dict[tuple[str, ...], list[Stretch]] = {}
    for one, other in combinations(spans, 2):
        since_s = surely_overlap(one, other, one.uncertainty_s + other.uncertainty_s)
        if one.node != other.node and since_s is not None:
            nodes = tuple(sorted((one.node, other.node)))
            both.setdefault(nodes, []).append((since_s, min(one.last_s, other.last_s)))
    for nodes, stretches in both.items():
        yield f"{' and '.join(nodes)} {_when(stretches)}"


def _twice_on_one(record: Record, guest: str) -> Iterator[str]:
    """Yield each node on which a sample shows two processes of the guest, and for how long."""
    seen: dict[str, list[float]] = {}
    for sample in record.of(NodeSample):
        if sum(process.guest == guest for process in sample.runs) > 1:
            seen.setdefault(sample.node, []).append(sample.at_s)
    for node, moments in seen.items():
        yield f"{node} {_when([(moments[0], moments[-1])])}"


def _when(stretches: Sequence[Stretch]) -> str:
    """Return the first moment of the periods and their total length, each second counted once."""
    length_s, until_s = 0.0, float("-inf")
    for first_s, last_s in sorted(stretches):
        length_s += max(0.0, last_s - max(first_s, until_s))
        until_s = max(until_s, last_s)
    return f"at {min(stretches)[0]:.1f} s, for {length_s:.1f} s"
