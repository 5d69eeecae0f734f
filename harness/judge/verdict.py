"""One test, judged from its timeline alone: pass, fail or invalid, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import product
from typing import Any

from harness.judge.equality import equal_in_the_end, looked_at
from harness.judge.fencing import unexpected_fencing
from harness.judge.gate import starved
from harness.judge.invariants import ALWAYS
from harness.judge.ledger import Losses, Write, losses, too_few, writes_of
from harness.judge.leftovers import leftovers
from harness.judge.outage import (
    LONGEST_HOLE,
    SPARSEST_HZ,
    Outage,
    longest_outage,
    samples_of,
    too_sparse,
)
from harness.judge.phases import Phase, phases
from harness.timeline import Event


class Verdict(StrEnum):
    """What a test says of the cluster."""

    PASS = "pass"
    FAIL = "fail"
    """The cluster broke a promise."""
    INVALID = "invalid"
    """The lab could not run an honest test: says nothing of the cluster."""


@dataclass(frozen=True)
class Judgement:
    """The verdict with its grounds."""

    verdict: Verdict
    reasons: tuple[str, ...]
    outages: Mapping[str, Outage | None]
    """Of each guest that was probed, the longest; None when every question was answered."""
    silences: Mapping[str, Outage | None]
    """The same of echoes: how long the guest's address was away, whatever it serves."""
    phases: Mapping[str, Sequence[Phase]]
    acknowledged: Mapping[str, int]
    """Of each store that was written to, how many writes it confirmed."""
    losses: Mapping[str, Losses]
    """Of each store that was read in the end."""

    def plain(self) -> dict[str, Any]:
        """As JSON has it: what a run stores and `quorate judge` compares."""
        return {
            "verdict": self.verdict.value,
            "reasons": list(self.reasons),
            "outages": {guest: _outage(outage) for guest, outage in self.outages.items()},
            "silences": {guest: _outage(silence) for guest, silence in self.silences.items()},
            "phases": {guest: [_phase(p) for p in told] for guest, told in self.phases.items()},
            "acknowledged": dict(self.acknowledged),
            "losses": {store: str(what) for store, what in self.losses.items()},
        }


def judge(events: Sequence[Event]) -> Judgement:
    """Judge a record; the run itself and `quorate judge` both do it by this function."""
    guests = sorted({event.detail["guest"] for event in events if event.kind == "sample"})
    outages = {guest: longest_outage(samples_of(events, guest)) for guest in guests}
    silences = {guest: longest_outage(samples_of(events, guest, "ping")) for guest in guests}
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
        silences=silences,
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
        if fault and (few := too_few(sent, fault.at_s)):
            yield f"{store}: {few}"
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
    yield from _missed(events, outages)
    yield from (str(found) for invariant in ALWAYS for found in invariant(events))
    yield from (f"I5: {store}: {what}" for store, what in kept.items() if what != Losses())
    if any(event.kind == "mended" for event in events):
        yield from _left(events)


def _missed(events: Sequence[Event], outages: Mapping[str, Outage | None]) -> Iterator[str]:
    """Objectives that the test asserted, against the outages that were measured."""
    for event in events:
        if event.kind != "objective":
            continue
        outage, limit = outages.get(event.detail["guest"]), event.detail["limit_s"]
        if outage is None or (outage.over and outage.length <= timedelta(seconds=limit)):
            continue
        if outage.over or outage.length > LONGEST_HOLE:  # the last question may be slow
            name, guest = event.detail["name"], event.detail["guest"]
            yield f"{name}: {guest} was away for {outage}, allowed are {limit:g} s"


def _outage(outage: Outage | None) -> dict[str, Any] | None:
    if outage is None:
        return None
    seconds = {"length_s": outage.length, "resolution_s": outage.resolution}
    return {key: _rounded(length) for key, length in seconds.items()} | {"over": outage.over}


def _phase(phase: Phase) -> dict[str, Any]:
    return {
        "phase": f"{phase.begin.what} → {phase.end.what}",
        "length_s": _rounded(phase.length),
        "uncertainty_s": _rounded(phase.uncertainty),
        "told_apart": phase.told_apart,
    }


def _rounded(length: timedelta) -> float:
    return round(length.total_seconds(), 3)


def _left(events: Sequence[Event]) -> Iterator[str]:
    """Of a cluster that was mended: what is left behind, and who was fenced without need."""
    end = [event.detail for event in events if event.kind == "view"][-1]
    faults = [event.detail for event in events if event.kind == "injecting"]
    hit = [fault["node"] for fault in faults if "node" in fault]
    fencings = [(shot["target"], shot["status"]) for shot in end["fencings"]]
    yield from map(str, equal_in_the_end(events))
    yield from map(str, leftovers(end["bans"], end["failures"]))
    yield from map(str, unexpected_fencing(fencings, hit))
