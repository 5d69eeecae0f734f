"""Lost writes: the writes acknowledged to the harness, compared with what each store holds.

Numbers only increase, and no number is sent twice. A number that a store holds twice was therefore
duplicated by the store. A write that was not acknowledged may be in the store or not.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median

from harness.record.entry import entry
from harness.record.events import StoreRead, Write
from harness.record.timeline import Record

LEAST_HZ = 0.5
"""Lowest rate of acknowledged writes before the fault. With fewer writes in flight, the absence of
lost writes proves little."""
BEFORE = timedelta(seconds=4)
"""Period before the fault over which the rate is measured."""
SLOWEST_MEDIAN = timedelta(seconds=1.5)
"""Longest median time from a write to its acknowledgement, which needs a sync of both nodes' disks.
It is 0.05 to 0.3 s in emulation on a fast host. A client of these stores gives up after 2 s."""


@dataclass(frozen=True)
class Losses:
    """Numbers of the writes that a store did not keep as it acknowledged them."""

    lost: tuple[int, ...] = ()
    """Acknowledged, but not in the store."""
    duplicated: tuple[int, ...] = ()
    """In the store more than once."""
    reordered: tuple[int, ...] = ()
    """Acknowledged, but stored behind a higher acknowledged number. A write that was given up may
    arrive late and does not count."""
    torn: tuple[str, ...] = ()
    """In the store, but no entry of this trial and store: truncated, changed, or of another one."""
    stale: tuple[int, ...] = ()
    """Acknowledged by an old copy of the store, which held fewer entries than it had acknowledged
    and holds at the end."""

    def __str__(self) -> str:
        parts = [f"{name} {_list(items)}" for name, items in vars(self).items() if items]
        return "; ".join(parts) or "no write lost"


def losses(record: Record, store: str) -> Losses:
    """Compare the acknowledged writes with the content of the store at the end.

    A store that is not among `stores_read` yields no losses.
    """
    reads = [event for event in record.of(StoreRead) if event.store == store]
    if not reads:
        return Losses()
    return _compared(record.opened.run, store, writes_to(record, store), reads[-1].found)


def stores_read(record: Record) -> list[str]:
    """Return the names of the stores that were read at the end, sorted."""
    return sorted({event.store for event in record.of(StoreRead)})


def writes_to(record: Record, store: str) -> list[Write]:
    """Return all writes to a store, in the order in which they were sent."""
    return [write for write in record.of(Write) if write.store == store]


def guest_of(store: str) -> str:
    """Return the guest of a store: `web` for `web.redis`."""
    return store.partition(".")[0]


def too_few_writes(record: Record, store: str) -> str | None:
    """Return why there were too few writes to detect a loss, or None."""
    if not record.faults:
        return None
    fault_s = record.faults[0].at_s
    since_s = fault_s - BEFORE.total_seconds()
    recent = [taken for taken in _acknowledged(record, store, fault_s) if taken[0] >= since_s]
    rate = len(recent) / BEFORE.total_seconds()
    if rate >= LEAST_HZ:
        return None
    return f"{rate:.1f} writes a second were acknowledged before the fault, {LEAST_HZ:g} needed"


def slow_writes(record: Record, store: str) -> str | None:
    """Return why the store was too slow before the first fault; None if not, or without writes."""
    if not record.faults:
        return None
    took = [took_s for _, took_s in _acknowledged(record, store, record.faults[0].at_s)]
    most_s = SLOWEST_MEDIAN.total_seconds()
    if not took or (usual_s := median(took)) <= most_s:
        return None
    return f"a write took {usual_s:.1f} s before the fault, the limit is {most_s:g} s"


def unrecorded_writes(record: Record, store: str) -> list[int]:
    """Return genuine writes that the store holds and the record lacks: it is incomplete then."""
    sent = {write.number for write in writes_to(record, store)}
    found = [text for event in record.of(StoreRead) if event.store == store for text in event.found]
    numbers = [_number(record.opened.run, store, text) for text in found]
    return [number for number in numbers if number is not None and number not in sent]


def acknowledged_after(record: Record, store: str, moment_s: float) -> bool:
    """Return whether the store acknowledged a write after that moment."""
    acknowledged = (write.acknowledged_s for write in writes_to(record, store))
    return any(at_s is not None and at_s > moment_s for at_s in acknowledged)


def _acknowledged(record: Record, store: str, until_s: float) -> list[tuple[float, float]]:
    """Return when each write was acknowledged, and how many seconds that took."""
    return [
        (write.acknowledged_s, write.acknowledged_s - write.at_s)
        for write in writes_to(record, store)
        if write.acknowledged_s is not None and write.acknowledged_s <= until_s
    ]


def _compared(run: str, store: str, sent: Sequence[Write], found: Sequence[str]) -> Losses:
    known = {entry(run, store, write.number): write.number for write in sent}
    numbers = [known[text] for text in found if text in known]
    there = Counter(numbers)
    acknowledged = [write for write in sent if write.acknowledged_s is not None]
    promised = {write.number for write in acknowledged}
    in_order = [number for number in numbers if number in promised]
    return Losses(
        lost=tuple(write.number for write in acknowledged if not there[write.number]),
        duplicated=tuple(number for number, times in sorted(there.items()) if times > 1),
        reordered=tuple(later for earlier, later in pairwise(in_order) if later < earlier),
        torn=tuple(t for t in found if t not in known and _number(run, store, t) is None),
        stale=tuple(_stale(write for write in acknowledged if there[write.number])),
    )


def _number(run: str, store: str, text: str) -> int | None:
    """Return the number of an entry of this trial and store, or None if the text is not one."""
    number = text.removeprefix(f"{run} {store} ").partition(" ")[0]
    genuine = number.isdecimal() and text == entry(run, store, int(number))
    return int(number) if genuine else None


def _stale(preserved: Iterable[Write]) -> Iterator[int]:
    """Yield writes acknowledged by a store that held fewer entries than it should.

    One writer sends the entries one after the other, so the store holds at least those before.
    """
    for count, write in enumerate(preserved, start=1):
        if write.held is not None and write.held < count:
            yield write.number


def _list(items: Sequence[object], shown: int = 10) -> str:
    more = f" and {len(items) - shown} more" if len(items) > shown else ""
    return f"{len(items)} ({', '.join(map(str, items[:shown]))}{more})"
