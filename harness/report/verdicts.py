"""Verdicts as text for people: of one test, and of the repeats of a test."""

import math
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from rich.table import Table

from harness.runs.compare import lengths
from harness.runs.store import Outage, Service, StoredVerdict

AT_ONCE_S = 0.05
"""An outage that begins within this time of the fault is shown as `at the fault`."""


def describe(judged: StoredVerdict) -> Iterator[str]:
    """Yield a test's judgement line by line: the verdict, its reasons, the measures."""
    yield f"verdict: {judged.verdict}"
    grounds = {"broken": judged.broken, "unfit": judged.unfit, "known gap": judged.gaps}
    grounds |= {"cause": judged.causes}
    yield from (f"  {title}: {line}" for title, lines in grounds.items() for line in lines)
    for guest, reads in judged.reads.items():
        clients = {"TCP": judged.connections.get(guest), "echo": judged.echoes.get(guest)}
        others = "; ".join(f"{name} {_client(service)}" for name, service in clients.items())
        yield f"{guest} reads: {_outages(reads)}; {others}"
        yield from _details(reads)
    for store, writes in judged.writes.items():
        held = judged.losses.get(store, "not read at the end")
        acknowledged = f"{judged.acknowledged.get(store, 0)} acknowledged"
        yield f"{store} writes: {_outages(writes)}; {acknowledged}, {held}"
        yield from _details(writes)
    for number, line in enumerate(judged.limits):
        yield f"{' ' * len('limits:') if number else 'limits:'} {line}"


def spread(repeats: Sequence[StoredVerdict]) -> Table:
    """Return a table of the outages and phases of a test's repeats. It never shows an average."""
    head = ("", "times", "min", "median", "95 %", "max", "not over")
    table = Table(*head, box=None, pad_edge=False)
    for what, found in lengths(repeats).items():
        ordered = sorted(length.seconds for length in found)
        most = ordered[math.ceil(0.95 * len(ordered)) - 1]
        values = (ordered[0], median(ordered), most, ordered[-1])
        endless = sum(not length.over for length in found)
        shown = (f"{value:.1f} s" for value in values)
        table.add_row(what, str(len(ordered)), *shown, str(endless or ""))
    return table


def _outages(service: Service) -> str:
    """Return one line: the only outage, or the number, the sum and the longest of several."""
    outages = service.outages
    if not outages:
        return "no outage"
    if len(outages) == 1:
        return f"1 outage, {_outage(outages[0])}"
    longest_s = max(outage.length_s for outage in outages)
    sums = f"{_total_s(outages):.1f} s in all, longest {longest_s:.1f} s"
    return f"{len(outages)} outages, {sums}{_not_over(outages)}"


def _details(service: Service) -> Iterator[str]:
    """Yield each outage if there are several, and each phase."""
    if len(service.outages) > 1:
        yield from (f"    {_outage(outage)}" for outage in service.outages)
    for phase in service.phases:
        unsure = f"± {phase.uncertainty_s:.1f} s{'' if phase.distinct else ', not distinct'}"
        yield f"    {phase.phase}: {phase.length_s:.1f} s ({unsure})"


def _outage(outage: Outage) -> str:
    length = f"{outage.length_s:.1f} s (± {outage.resolution_s:.1f} s)"
    return f"{length}{_since_fault(outage.after_s)}{_not_over([outage])}"


def _since_fault(after_s: float | None) -> str:
    if after_s is None:
        return ""
    if abs(after_s) < AT_ONCE_S:
        return ", at the fault"
    return f", {abs(after_s):.1f} s {'after' if after_s > 0 else 'before'} the fault"


def _client(service: Service | None) -> str:
    """Return a summary of the outages of another kind of client."""
    if service is None:
        return "not measured"
    if not service.outages:
        return "no outage"
    number = len(service.outages)
    times = f" in {number} outages" if number > 1 else ""
    return f"{_total_s(service.outages):.1f} s{times}{_not_over(service.outages)}"


def _total_s(outages: Iterable[Outage]) -> float:
    return sum(outage.length_s for outage in outages)


def _not_over(outages: Iterable[Outage]) -> str:
    return "" if all(outage.over for outage in outages) else ", not over"
