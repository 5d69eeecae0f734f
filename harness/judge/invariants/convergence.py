"""What must be equal when all is over: the nodes' CIBs, the copies of each guest's disk."""

from collections.abc import Iterator, Sequence

from harness.judge.invariants.violation import Violation
from harness.record.timeline import Event

SOURCE = "end"


def looked_at(events: Sequence[Event]) -> bool:
    """Was the end seen at all?"""
    return {"cib", "copies"} <= {event.kind for event in events if event.source == SOURCE}


def equal_in_the_end(events: Sequence[Event]) -> Iterator[Violation]:
    """I7: every node has the same CIB, and both data nodes hold the same bits."""
    for event in (event for event in events if event.source == SOURCE):
        if event.kind == "cib" and len(set(event.detail["digests"].values())) > 1:
            told = ", ".join(f"{node} {sum_}" for node, sum_ in event.detail["digests"].items())
            yield Violation("I7", f"the nodes' CIBs differ: {told}")
        if event.kind == "copies":
            for guest, offset in event.detail["differ"].items():
                if offset is not None:
                    yield Violation("I7", f"{guest}: its disk's copies differ at byte {offset}")
