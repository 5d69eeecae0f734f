"""I5: what a store acknowledged is there in the end."""

from collections.abc import Iterator
from dataclasses import replace

from harness.judge.measures.write_loss import Losses, guest_of, losses, stores_read
from harness.record.events import LossObjective
from harness.record.timeline import Record


def every_write_is_there(record: Record) -> Iterator[str]:
    """I5: every acknowledged write is there, once, in order, unchanged; none was acknowledged by
    an old copy of the store.

    Where an objective allows a guest to lose some, no more than that number is this objective's.
    """
    found = {store: losses(record, store) for store in stores_read(record)}
    for store, what in found.items():
        guest = guest_of(store)
        lost = sum(len(other.lost) for s, other in found.items() if guest_of(s) == guest)
        allowed = min((o.most for o in record.of(LossObjective) if o.guest == guest), default=0)
        breach = replace(what, lost=()) if lost <= allowed else what
        if breach != Losses():
            yield f"{store}: {breach}"
