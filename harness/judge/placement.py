"""I4: where a guest may run."""

from collections.abc import Sequence

from harness.judge.journal import quorum
from harness.judge.looks import beginnings, named
from harness.judge.violation import Violation
from harness.timeline import Event


def only_with_quorum(events: Sequence[Event]) -> list[Violation]:
    """I4: no guest begins to run on a node that has no quorum."""
    found = []
    for guest in named(events, "runs"):
        for began in beginnings(events, guest):
            node = began.detail["node"]
            said = [
                has
                for line, has in quorum(events)
                if line.detail["node"] == node and line.at_s <= began.at_s
            ]
            if said and not said[-1]:
                text = f"{guest} began to run on {node} at {began.at_s:.1f} s without quorum"
                found.append(Violation("I4", text))
    return found
