"""What became of acknowledged writes: the ledger kept outside the cluster against the store.

A record is `number:checksum`. Numbers only rise and no number is ever sent twice, so a number that
is found twice was duplicated by the store. A write that was never acknowledged may be there or not.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from harness.judge.invariants.violation import Violation
from harness.record.timeline import Event

LEAST_HZ = 0.5
"""Acknowledged before the fault: with fewer writes on their way, none lost says little."""
BEFORE = timedelta(seconds=4)


@dataclass(frozen=True)
class Write:
    """One write. Times are monotonic seconds of the hypervisor."""

    number: int
    sent_s: float
    acknowledged_s: float | None
    """None when the store refused it, was silent, or the connection broke."""
    held: int | None = None
    """How many records the store said to hold as it acknowledged this one."""


@dataclass(frozen=True)
class Losses:
    """Numbers of writes that the store did not keep as it promised."""

    lost: tuple[int, ...] = ()
    """Acknowledged, and not there."""
    duplicated: tuple[int, ...] = ()
    reordered: tuple[int, ...] = ()
    """Found behind a higher number."""
    torn: tuple[str, ...] = ()
    """What was found and is no record: cut off, changed, or nobody's."""
    stale: tuple[int, ...] = ()
    """Acknowledged by an old copy of the store: it held less than had been acknowledged and is
    there in the end."""

    def __str__(self) -> str:
        parts = [f"{name} {_list(of)}" for name, of in vars(self).items() if of]
        return "; ".join(parts) or "no write lost"


def record(number: int) -> str:
    """What is written under that number."""
    return f"{number}:{zlib.crc32(str(number).encode()):08x}"


def writes_of(events: Iterable[Event], store: str) -> list[Write]:
    """What the writer to that store noted."""
    noted = (e for e in events if e.kind == "write" and e.detail["store"] == store)
    return [
        Write(e.detail["number"], e.at_s, e.detail["acknowledged_s"], e.detail.get("held"))
        for e in noted
    ]


def too_few(writes: Iterable[Write], fault_s: float) -> str | None:
    """Why these writes cannot tell whether a fault loses any, or None when they can."""
    since = fault_s - BEFORE.total_seconds()
    good = [w for w in writes if w.acknowledged_s and since <= w.acknowledged_s <= fault_s]
    rate = len(good) / BEFORE.total_seconds()
    if rate >= LEAST_HZ:
        return None
    return f"{rate:.1f} writes a second were acknowledged before the fault, {LEAST_HZ:g} needed"


def losses(writes: Iterable[Write], found: Sequence[str]) -> Losses:
    """Compare what was acknowledged with what the store holds, in its order."""
    sent = list(writes)
    known = {record(write.number): write.number for write in sent}
    numbers = [known[text] for text in found if text in known]
    there = Counter(numbers)
    return Losses(
        lost=tuple(w.number for w in sent if w.acknowledged_s is not None and not there[w.number]),
        duplicated=tuple(number for number, times in sorted(there.items()) if times > 1),
        reordered=tuple(later for earlier, later in pairwise(numbers) if later < earlier),
        torn=tuple(text for text in found if text not in known),
        stale=tuple(_stale(w for w in sent if w.acknowledged_s is not None and there[w.number])),
    )


def _stale(kept: Iterable[Write]) -> Iterator[int]:
    """One writer sends them one after the other, so the store holds at least those before."""
    for count, write in enumerate(kept, start=1):
        if write.held is not None and write.held < count:
            yield write.number


def guest_of(store: str) -> str:
    """Whose store that is, by its name."""
    return store.partition(".")[0]


def not_kept(events: Iterable[Event], kept: Mapping[str, Losses]) -> Iterator[Violation]:
    """I5: every acknowledged write is there, once, in order, unchanged.

    How many may be lost is the objective's, where a test asserts one.
    """
    limited = {e.detail["guest"] for e in events if "limit_writes" in e.detail}
    for store, what in kept.items():
        rest = replace(what, lost=()) if guest_of(store) in limited else what
        if rest != Losses():
            yield Violation("I5", f"{store}: {rest}")


def _list(items: Sequence[object], shown: int = 10) -> str:
    more = f" and {len(items) - shown} more" if len(items) > shown else ""
    return f"{len(items)} ({', '.join(map(str, items[:shown]))}{more})"
