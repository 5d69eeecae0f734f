"""One test, judged from its timeline alone: pass, fail or invalid, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from harness.judge.invariants import ALWAYS, leftovers, unexpected_fencing
from harness.judge.outage import Outage, longest_outage, samples_of, too_sparse
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
    phases: Mapping[str, Sequence[Phase]]


def judge(events: Sequence[Event]) -> Judgement:
    """Judge a record; the run itself and `quorate judge` both do it by this function."""
    guests = sorted({event.detail["guest"] for event in events if event.kind == "sample"})
    outages = {guest: longest_outage(samples_of(events, guest)) for guest in guests}
    unfit = tuple(_unfit(events, guests))
    broken = tuple(_broken(events, outages))
    verdict = Verdict.INVALID if unfit else Verdict.FAIL if broken else Verdict.PASS
    told = {guest: phases(events, guest) for guest in guests}
    return Judgement(verdict, unfit or broken, outages, told)


def _unfit(events: Sequence[Event], guests: Sequence[str]) -> Iterator[str]:
    yield from (event.detail["reason"] for event in events if event.kind == "invalid")
    for guest in guests:
        if sparse := too_sparse(samples_of(events, guest)):
            yield f"{guest}: {sparse}"


def _broken(events: Sequence[Event], outages: Mapping[str, Outage | None]) -> Iterator[str]:
    yield from (event.detail["reason"] for event in events if event.kind == "failed")
    yield from _missed(events, outages)
    yield from (str(found) for invariant in ALWAYS for found in invariant(events))
    if any(event.kind == "mended" for event in events):
        yield from _left(events)


def _missed(events: Sequence[Event], outages: Mapping[str, Outage | None]) -> Iterator[str]:
    """Objectives that the test asserted, against the outages that were measured."""
    for event in events:
        if event.kind != "objective":
            continue
        outage, limit = outages.get(event.detail["guest"]), event.detail["limit_s"]
        if outage is not None and outage.length > timedelta(seconds=limit):
            name, guest = event.detail["name"], event.detail["guest"]
            yield f"{name}: {guest} was away for {outage}, allowed are {limit:.0f} s"


def _left(events: Sequence[Event]) -> Iterator[str]:
    """Of a cluster that was mended: what is left behind, and who was fenced without need."""
    end = [event.detail for event in events if event.kind == "view"][-1]
    hit = [event.detail["node"] for event in events if event.kind == "injecting"]
    fencings = [(shot["target"], shot["status"]) for shot in end["fencings"]]
    yield from map(str, leftovers(end["bans"], end["failures"]))
    yield from map(str, unexpected_fencing(fencings, hit))
