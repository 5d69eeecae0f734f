"""I5: every acknowledged write is in its store at the end."""

from collections.abc import Iterator
from dataclasses import replace

from harness.judge.measures.write_loss import Losses, guest_of, losses, stores_read
from harness.record.events import LossObjective
from harness.record.timeline import Record


def every_write_is_there(record: Record) -> Iterator[str]:
    """I5: every acknowledged write is in its store at the end: once, in order and unchanged.

    No old copy of a store may acknowledge a write either. If an objective allows a guest to lose
    some writes, a loss of up to that number is no breach.
    """
    found = {store: losses(record, store) for store in stores_read(record)}
    for store, what in found.items():
        guest = guest_of(store)
        lost = sum(len(other.lost) for s, other in found.items() if guest_of(s) == guest)
        allowed = min((o.most for o in record.of(LossObjective) if o.guest == guest), default=0)
        breach = replace(what, lost=()) if lost <= allowed else what
        if breach != Losses():
            yield f"{store}: {breach}"
