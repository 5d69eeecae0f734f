"""I4 and I10: where a guest may run."""

from collections.abc import Sequence

from harness.judge.invariants.violation import Violation
from harness.record.journal_lines import quorum
from harness.record.spans import beginnings, named
from harness.record.timeline import Event


def only_with_quorum(events: Sequence[Event]) -> list[Violation]:
    """I4: no guest begins to run on a node that has no quorum.

    What a node said in an earlier life does not count for a later one.
    """
    found = []
    for guest in named(events, "runs"):
        for began in beginnings(events, guest):
            node, boot = began.detail["node"], began.detail["boot"]
            said = [
                has
                for line, has in quorum(events)
                if (line.detail["node"], line.detail.get("boot", boot)) == (node, boot)
                and line.at_s <= began.at_s
            ]
            if said and not said[-1]:
                text = f"{guest} began to run on {node} at {began.at_s:.1f} s without quorum"
                found.append(Violation("I4", text))
    return found


def only_on_its_primary(events: Sequence[Event]) -> list[Violation]:
    """I10: no guest runs on a node where its replica set is not primary.

    Two looks in a row have to show it. One look reads the processes first and DRBD's roles a moment
    later, so a guest that ends and a replica that is demoted meanwhile make one that never was.
    DRBD demotes nothing that is held open, so an open device is not surer than one look either.
    """
    stray: dict[tuple[str, str], float] = {}
    before: dict[str, Event] = {}
    for look in (event for event in events if event.source == "watch"):
        node = look.detail["node"]
        last = before.pop(node, None)
        if look.kind != "watch":
            continue  # out of sight: nobody knows what came in between
        before[node] = look
        if last and last.detail["boot"] == look.detail["boot"]:
            for guest in _without_primary(last) & _without_primary(look):
                stray.setdefault((guest, node), last.at_s)
    return [
        Violation("I10", f"{guest} ran on {node} at {at_s:.1f} s, its replica there not primary")
        for (guest, node), at_s in stray.items()
    ]


def never_on_arbitrator(events: Sequence[Event]) -> list[Violation]:
    """I10: no guest runs on the node that only votes: the one at which no watch looks."""
    watched = {event.detail["node"] for event in events if event.source == "watch"}
    stray: dict[tuple[str, str], float] = {}
    for seen in (event for event in events if watched and event.kind == "status"):
        if seen.detail["node"] not in watched:
            for guest in seen.detail["guests"]:
                stray.setdefault((guest, seen.detail["node"]), seen.at_s)
    return [
        Violation("I10", f"{guest} ran on {node} at {at_s:.1f} s, which holds no replica")
        for (guest, node), at_s in stray.items()
    ]


def _without_primary(look: Event) -> set[str]:
    return set(look.detail["runs"]) - set(look.detail["primary"])
