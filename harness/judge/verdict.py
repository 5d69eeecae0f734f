"""The verdict of a test from its record alone: pass, fail or invalid, and why."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.judge import objectives
from harness.judge.causes import causes
from harness.judge.invariants.catalogue import violations
from harness.judge.judgement import Judgement, Service, Verdict, verdict_of
from harness.judge.known_gaps import closed, gaps
from harness.judge.measures import outage
from harness.judge.measures.outage import Outage
from harness.judge.measures.phases import phases
from harness.judge.measures.write_loss import acknowledged_after, guest_of, losses
from harness.judge.slowness import too_slow
from harness.judge.validity import unfit
from harness.record.events import Failure, FaultStep, Recovered, StoreRead, StoreUnread, Write
from harness.record.timeline import Damaged, Record, read


def judge(record: Record) -> Judgement:
    """Judge a record. Both a run and `quorate judge` call this function."""
    found = violations(record)
    promises = (*_broken(record), *(str(violation) for violation in found))
    known = gaps(record, promises, {str(violation) for violation in found if violation.sure})
    unknown = (promise for promise in promises if promise not in known)
    broken = (*unknown, *closed(record, known.values()))
    reasons = tuple(unfit(record))
    if set(broken) <= set(objectives.missed(record)):
        reasons = (*reasons, *too_slow(record))
    surely = any(violation.sure for violation in found)
    verdict = verdict_of(broken, reasons, surely=surely)
    guests, stores = record.opened.guests, record.opened.stores
    return Judgement(
        verdict=verdict,
        broken=broken,
        unfit=reasons,
        gaps=tuple(f"{reason} ({gap.why}; {gap.remedy})" for reason, gap in known.items()),
        causes=() if verdict is Verdict.PASS else tuple(causes(record)),
        reads={guest: _service(record, outage.reads(record, guest), guest) for guest in guests},
        connections={g: Service(tuple(outage.connections(record, g))) for g in guests},
        echoes={g: Service(tuple(outage.echoes(record, g))) for g in guests},
        writes={
            store: _service(record, outage.writes(record, store), guest_of(store))
            for store in stores
        },
        acknowledged=_acknowledged(record, stores),
        losses={e.store: losses(record, e.store) for e in record.of(StoreRead)},
        limits=tuple(objectives.lines(record)),
    )


def judge_file(file: Path) -> Judgement:
    """Judge a stored record. A damaged record is invalid."""
    try:
        return judge(read(file))
    except Damaged as damage:
        return Judgement(Verdict.INVALID, unfit=(str(damage),))


def _broken(record: Record) -> Iterator[str]:
    """Yield the broken promises other than invariants: failures, objectives, services still out."""
    yield from (f.reason for f in record.of(Failure) if f.blame == "cluster")
    yield from objectives.missed(record)
    yield from objectives.unended(record)
    yield from _no_more_writes(record)


def _no_more_writes(record: Record) -> Iterator[str]:
    """Yield each store that takes no writes or cannot be read after the cluster recovered."""
    if not record.of(Recovered):
        return
    yield from (
        f"{e.store}: cannot be read at the end ({e.problem})" for e in record.of(StoreUnread)
    )
    for store in record.opened.stores if record.faults else ():
        if not acknowledged_after(record, store, _last_fault_s(record)):
            yield f"{store}: no write was acknowledged after the last fault"


def _last_fault_s(record: Record) -> float:
    """Return when the last fault was lifted, or injected if it was not lifted."""
    lifts = [step.at_s for step in record.of(FaultStep) if step.step == "lifted"]
    return max([*lifts, *(fault.at_s for fault in record.faults)])


def _service(record: Record, outages: Sequence[Outage], guest: str) -> Service:
    return Service(tuple(outages), tuple(phases(record, guest, outages)))


def _acknowledged(record: Record, stores: Sequence[str]) -> Mapping[str, int]:
    counts = dict.fromkeys(stores, 0)
    for write in record.of(Write):
        if write.acknowledged_s is not None and write.store in counts:
            counts[write.store] += 1
    return counts
