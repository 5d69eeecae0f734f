"""Slowness of the machine under an emulated lab, against the one on which limits were measured."""

from collections.abc import Iterator
from statistics import median

from harness.judge import objectives
from harness.record.events import HostLoad, Recovered
from harness.record.timeline import Record


def slowness(record: Record) -> float:
    """Return how many times slower the machine was from the first fault to the recovery.

    1 is the least: a quick machine excuses nothing. It is also 1 if nothing was measured.
    """
    reference_ns = record.opened.memory_ns
    begin_s = min((fault.at_s for fault in record.faults), default=record.settled_s)
    end_s = max((e.at_s for e in record.of(Recovered)), default=record.end_s)
    read_ns = [e.memory_ns for e in record.of(HostLoad) if begin_s <= e.at_s <= end_s]
    if not reference_ns or not read_ns:
        return 1.0
    return max(1.0, median(read_ns) / reference_ns)


def too_slow(record: Record) -> Iterator[str]:
    """Yield why missed limits prove nothing, if the machine's slowness explains each of them."""
    factor = slowness(record)
    explained = max(objectives.excesses(record, factor), default=0.0) <= factor
    if explained and any(objectives.missed(record)):
        yield (
            f"this machine was {factor:.1f} times slower than the one on which the limits were "
            f"measured, which explains the missed ones: run the test again when it is quicker"
        )
