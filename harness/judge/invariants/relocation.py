"""I11 and I12: a fault moves the guests of the node that it hits, no others, and none back."""

from collections.abc import Iterator, Sequence

from harness.judge.invariants.violation import Violation
from harness.record.journal_lines import quorum
from harness.record.spans import homes
from harness.record.timeline import Event


def bystanders_unhurt(events: Sequence[Event]) -> list[Violation]:
    """I11: a guest on a node that no fault hit stays there and does not stop.

    A fault that is not about one node may hit all of them; and a node that loses its quorum, by two
    faults together, has to stop its guests.
    """
    faults = [event for event in events if event.kind == "injecting"]
    hit = {fault.detail.get("node") for fault in faults}
    if None in hit:
        return []
    hurt: dict[str, str] = {}
    for fault in faults:
        for guest, home in homes(events, fault.at_s):
            node = home.detail["node"]
            if node not in hit and not _lost_quorum(events, node, fault.at_s):
                for harm in _harms(events, guest, home, fault.at_s):
                    hurt.setdefault(guest, f"{harm}, no fault hit {node}")
    return [Violation("I11", f"{guest} {harm}") for guest, harm in hurt.items()]


def no_failback(events: Sequence[Event]) -> list[Violation]:
    """I12: a guest that went away from the node that was hit does not run there again.

    Unless a fault hits the node that it went to: then it fails over once more.
    """
    found: dict[tuple[str, str], str] = {}
    for fault in (event for event in events if event.kind == "injecting"):
        for guest, home in homes(events, fault.at_s):
            hit = home.detail["node"]
            back = _return(events, guest, home, fault) if hit == fault.detail.get("node") else None
            if back:
                text = f"{guest} ran on {hit} again at {back.at_s:.1f} s, it had gone from there"
                found.setdefault((guest, hit), text)
    return [Violation("I12", text) for text in found.values()]


def _harms(events: Sequence[Event], guest: str, home: Event, since_s: float) -> Iterator[str]:
    """Looks that show that the guest ended at home, or that it is elsewhere."""
    node, boot = home.detail["node"], home.detail["boot"]
    for look in (e for e in events if e.kind == "watch" and e.at_s >= since_s):
        runs, where = guest in look.detail["runs"], look.detail["node"]
        if where == node and not (runs and look.detail["boot"] == boot):
            yield f"had stopped on {node} by {look.at_s:.1f} s"
        elif where != node and runs:
            yield f"had moved from {node} to {where} by {look.at_s:.1f} s"


def _return(events: Sequence[Event], guest: str, home: Event, fault: Event) -> Event | None:
    """The look that shows the guest where it was, after it had ended there and ran elsewhere.

    One that never ended there, as on a node that was frozen, did not come back: it runs twice.
    """
    ended, went_to = False, None
    for event in (e for e in events if e.at_s > fault.at_s):
        node = event.detail.get("node")
        if event.kind == "injecting" and went_to and node in (went_to, None):
            return None
        if event.kind != "watch":
            continue
        runs = guest in event.detail["runs"]
        if node != home.detail["node"]:
            went_to = node if runs else went_to
            continue
        ended = ended or not runs or event.detail["boot"] != home.detail["boot"]
        if runs and ended and went_to:
            return event
    return None


def _lost_quorum(events: Sequence[Event], node: str, since_s: float) -> bool:
    return any(
        not has and line.detail["node"] == node and line.at_s >= since_s
        for line, has in quorum(events)
    )
