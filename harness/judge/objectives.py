"""Compares the measures of a record with the objectives that the test required."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from harness.judge.limits import DEFAULT, GuestObjective, Objectives, load
from harness.judge.measures.outage import SLOW_WRITE, Outage, echoes, reads, writes
from harness.judge.measures.phases import phases
from harness.judge.measures.redundancy import redundant_again
from harness.judge.measures.write_loss import guest_of, losses, writes_to
from harness.record.events import (
    HttpSample,
    LossObjective,
    OutageObjective,
    PhaseObjective,
    RedundancyObjective,
)
from harness.record.timeline import Record

__all__ = [
    "DEFAULT",
    "GuestObjective",
    "Objectives",
    "lines",
    "load",
    "missed",
    "unended",
    "unmeasured",
]

LAST_REQUEST = timedelta(seconds=1)
"""Shortest unfinished outage that counts. A shorter one may be a slow last request."""


@dataclass(frozen=True)
class _Result:
    """An objective with its measured value."""

    subject: str
    value: str
    met: bool | None
    """None if nothing was measured."""
    excess: float = float("inf")
    """The measured time as a multiple of its limit. Infinite if no time decides."""

    def __str__(self) -> str:
        verdict = {True: "", False: ": missed", None: ": not measured"}
        return f"{self.subject}: {self.value}{verdict[self.met]}"


def missed(record: Record) -> Iterator[str]:
    """Yield the objectives that the cluster did not meet."""
    return (str(result) for result in _results(record) if result.met is False)


def excesses(record: Record, slowness: float) -> Iterator[float]:
    """Yield for each objective missed on a slow machine how many times longer it took than allowed.

    A slow write counts as failed only if it was slow for this machine.
    """
    results = _results(record, SLOW_WRITE * slowness)
    return (result.excess for result in results if result.met is False)


def unmeasured(record: Record) -> Iterator[str]:
    """Yield the objectives without a measurement, which make the test invalid."""
    return (str(result) for result in _results(record) if result.met is None)


def lines(record: Record) -> list[str]:
    """Return each objective with its measured value, its limit, and whether it was missed."""
    return [str(result) for result in _results(record)]


def unended(record: Record) -> Iterator[str]:
    """Yield services that did not answer again by the end, with or without an objective."""
    services = {f"{guest} reads": reads(record, guest) for guest in record.opened.guests}
    services |= {f"{guest} echoes": echoes(record, guest) for guest in record.opened.guests}
    services |= {f"{store} writes": writes(record, store) for store in record.opened.stores}
    for service, outages in services.items():
        for outage in _counted(outages):
            if not outage.over:
                yield f"{service}: an outage of {outage}"


def _results(record: Record, slow_write: timedelta = SLOW_WRITE) -> Iterator[_Result]:
    for objective in record.of(OutageObjective):
        yield from _of_outages(record, objective, slow_write)
    for loss in record.of(LossObjective):
        yield _of_losses(record, loss)
    for phase in record.of(PhaseObjective):
        yield from _of_phase(record, phase)
    for redundancy in record.of(RedundancyObjective):
        yield _of_redundancy(record, redundancy)


def _of_outages(
    record: Record, objective: OutageObjective, slow_write: timedelta
) -> Iterator[_Result]:
    guest = objective.guest
    if objective.service == "reads":
        subject = f"{objective.name} {guest} reads"
        asked = any(sample.guest == guest for sample in record.of(HttpSample))
        yield _against(objective, subject, reads(record, guest) if asked else None)
        return
    stores = _stores(record, guest)
    for store in stores:
        asked = bool(writes_to(record, store))
        subject = f"{objective.name} {store} writes"
        yield _against(objective, subject, writes(record, store, slow_write) if asked else None)
    if not stores:
        yield _Result(f"{objective.name} {guest} writes", "no store", None)


def _against(objective: OutageObjective, subject: str, outages: Sequence[Outage] | None) -> _Result:
    if outages is None:
        return _Result(subject, "nothing asked", None)
    counted = sorted(_counted(outages), key=lambda outage: outage.length)
    *further, longest_s = [outage.length.total_seconds() for outage in counted] or [0.0]
    value = f"longest {longest_s:.1f} s of {objective.longest_s:g} s"
    value += f", {len(further)} further of {objective.further}"
    if further:
        value += f", {sum(further):.1f} s of {objective.further_s:g} s{_moments(counted[:-1])}"
    if len(further) > objective.further:
        return _Result(subject, value, met=False)
    excess = max(
        _excess(longest_s, objective.longest_s), _excess(sum(further), objective.further_s)
    )
    return _Result(subject, value, excess <= 1, excess)


def _moments(outages: Sequence[Outage]) -> str:
    """Return when the outages began, in seconds after the first fault; "" without a fault."""
    moments = sorted(outage.after_s for outage in outages if outage.after_s is not None)
    return f" (from {', '.join(f'{moment:.0f}' for moment in moments)} s)" if moments else ""


def _excess(length_s: float, limit_s: float) -> float:
    """Return a length as a multiple of its limit, which may be 0."""
    if limit_s:
        return length_s / limit_s
    return float("inf") if length_s else 0.0


def _of_losses(record: Record, objective: LossObjective) -> _Result:
    stores = _stores(record, objective.guest)
    subject = f"{objective.name} {objective.guest} lost writes"
    if not stores or not all(writes_to(record, store) for store in stores):
        return _Result(subject, "nothing written", None)
    lost = {store: losses(record, store).lost for store in stores}
    count = sum(map(len, lost.values()))
    which = ", ".join(f"{store} {len(numbers)}" for store, numbers in lost.items() if numbers)
    value = f"{count} of {objective.most}" + (f" ({which})" if which else "")
    return _Result(subject, value, count <= objective.most)


def _of_phase(record: Record, objective: PhaseObjective) -> Iterator[_Result]:
    """Yield the result of a phase.

    A phase that was not observed is not measured. It yields nothing if the failover had no answer.
    """
    outages = reads(record, objective.guest)
    seen = {phase.end.what: phase for phase in phases(record, objective.guest, outages)}
    subject = f"{objective.name} {objective.guest} {objective.ends_with}"
    limit = f"of {objective.longest_s:g} s"
    if phase := seen.get(objective.ends_with):
        length_s = phase.length.total_seconds()
        excess = _excess(length_s, objective.longest_s)
        yield _Result(subject, f"{length_s:.1f} s {limit}", excess <= 1, excess)
    elif "answer" in seen:
        yield _Result(subject, f"not seen {limit}", None)


def _of_redundancy(record: Record, objective: RedundancyObjective) -> _Result:
    subject = f"{objective.name} {objective.guest} redundant again"
    restored, limit = redundant_again(record, objective.guest), objective.longest_s
    if restored is None:
        return _Result(subject, "not seen", None)
    length_s = restored.total_seconds()
    excess = _excess(length_s, limit)
    return _Result(subject, f"{length_s:.1f} s of {limit:g} s", excess <= 1, excess)


def _counted(outages: Sequence[Outage]) -> list[Outage]:
    """Return the outages without one that may be only a slow last request."""
    return [o for o in outages if o.over or o.length - o.resolution > LAST_REQUEST]


def _stores(record: Record, guest: str) -> list[str]:
    return [store for store in record.opened.stores if guest_of(store) == guest]
