"""One test, judged from its timeline alone: pass, fail or invalid, and why."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from harness.judge.invariants.catalogue import ALWAYS
from harness.judge.invariants.convergence import equal_in_the_end, looked_at
from harness.judge.invariants.fencing import unexpected_fencing
from harness.judge.invariants.leftovers import leftovers
from harness.judge.judgement import Judgement, Verdict
from harness.judge.measures.outage import (
    SPARSEST_HZ,
    Outage,
    connections_of,
    longest_outage,
    samples_of,
    too_sparse,
)
from harness.judge.measures.phases import phases
from harness.judge.measures.write_loss import Losses, Write, losses, not_kept, too_few, writes_of
from harness.judge.objectives import missed
from harness.judge.validity import slow_store, starved
from harness.record.timeline import Event


def judge(events: Sequence[Event]) -> Judgement:
    """Judge a record; the run itself and `quorate judge` both do it by this function."""
    guests = sorted({event.detail["guest"] for event in events if event.kind == "sample"})
    outages = {guest: longest_outage(samples_of(events, guest)) for guest in guests}
    writes = {store: writes_of(events, store) for store in _stores(events, "write")}
    kept = {
        event.detail["store"]: losses(writes[event.detail["store"]], event.detail["found"])
        for event in events
        if event.kind == "store"
    }
    unfit = tuple(_unfit(events, guests, writes))
    broken = tuple(_broken(events, outages, kept))
    return Judgement(
        verdict=Verdict.INVALID if unfit else Verdict.FAIL if broken else Verdict.PASS,
        reasons=unfit or broken,
        outages=outages,
        refusals={guest: longest_outage(connections_of(events, guest)) for guest in guests},
        silences={guest: longest_outage(samples_of(events, guest, "ping")) for guest in guests},
        phases={guest: phases(events, guest) for guest in guests},
        acknowledged={
            store: sum(write.acknowledged_s is not None for write in sent)
            for store, sent in writes.items()
        },
        losses=kept,
    )


def _stores(events: Sequence[Event], kind: str) -> list[str]:
    return sorted({event.detail["store"] for event in events if event.kind == kind})


def _unfit(
    events: Sequence[Event], guests: Sequence[str], writes: Mapping[str, Sequence[Write]]
) -> Iterator[str]:
    yield from (event.detail["reason"] for event in events if event.kind == "invalid")
    yield from starved(events)
    fault = next((event for event in events if event.kind == "injecting"), None)
    for kind, guest in product(SPARSEST_HZ, guests):
        if sparse := too_sparse(samples_of(events, guest, kind), kind):
            yield f"{guest}: {sparse}"
    for store, sent in writes.items():
        if fault and (unfit := too_few(sent, fault.at_s) or slow_store(sent, fault.at_s)):
            yield f"{store}: {unfit}"
    yield from _unseen(events)


def _unseen(events: Sequence[Event]) -> Iterator[str]:
    """What a record of a cluster that was mended must hold, else its silence would be a pass."""
    if not any(event.kind == "mended" for event in events):
        return
    if not any(event.kind == "watch" for event in events):
        yield "no look of the watch: nobody saw what ran where"
    if not looked_at(events):
        yield "nobody looked whether CIBs and disks are equal in the end"
    read = _stores(events, "store")
    unread = (store for store in _stores(events, "write") if store not in read)
    yield from (f"{store}: what it holds in the end could not be read" for store in unread)


def _broken(
    events: Sequence[Event], outages: Mapping[str, Outage | None], kept: Mapping[str, Losses]
) -> Iterator[str]:
    yield from (event.detail["reason"] for event in events if event.kind == "failed")
    yield from missed(events, outages, kept)
    yield from (str(found) for invariant in ALWAYS for found in invariant(events))
    yield from map(str, not_kept(events, kept))
    if any(event.kind == "mended" for event in events):
        yield from _left(events)


def _left(events: Sequence[Event]) -> Iterator[str]:
    """Of a cluster that was mended: what is left behind, and who was fenced without need."""
    end = [event.detail for event in events if event.kind == "view"][-1]
    faults = [event.detail for event in events if event.kind == "injecting"]
    hit = [fault["node"] for fault in faults if "node" in fault]
    fencings = [(shot["target"], shot["status"]) for shot in end["fencings"]]
    yield from map(str, equal_in_the_end(events))
    yield from map(str, leftovers(end["bans"], end["failures"]))
    yield from map(str, unexpected_fencing(fencings, hit))
