"""Limits that the cluster is held to, by class of fault and acceleration: objectives.yml."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import yaml

from harness.judge.measures.outage import LONGEST_HOLE, Outage
from harness.judge.measures.write_loss import Losses, guest_of
from harness.plan import Acceleration, Frozen
from harness.record.timeline import Event

DEFAULT_OBJECTIVES = Path(__file__).parent.parent.parent / "fixtures" / "objectives.yml"


class Limit(Frozen):
    """The longest outage that is borne, under the name that tests and reports call it by."""

    name: str
    at_most: timedelta


class Count(Frozen):
    """The most lost writes that are borne."""

    name: str
    at_most: int


class Objective(Frozen):
    """Limits of one class of fault."""

    recovery_time: Limit
    """Longest outage of the guest that was hit, as its clients see it (RTO)."""
    bystander_outage: Limit
    """Longest outage of a guest that was not hit."""
    lost_writes: Count
    """Acknowledged writes of a guest that may be gone (RPO): none, where replication waits."""


class Objectives(Frozen):
    """The limits in force, by class of fault."""

    power_cut: Objective
    isolation: Objective
    full_disk: Objective


def load(accel: Acceleration, file: Path = DEFAULT_OBJECTIVES) -> Objectives:
    """The limits for an acceleration profile."""
    content = yaml.safe_load(file.read_text())[accel]
    return Objectives.model_validate({fault: _named(fault, of) for fault, of in content.items()})


def missed(
    events: Sequence[Event],
    outages: Mapping[str, Outage | None],
    losses: Mapping[str, Losses],
) -> Iterator[str]:
    """Objectives that the test asserted, against what was measured."""
    for event in events:
        if event.kind == "objective":
            guest = event.detail["guest"]
            if "limit_s" in event.detail:
                yield from _away(event, outages.get(guest))
            else:
                yield from _lost(event, {s: of for s, of in losses.items() if guest_of(s) == guest})


def _away(objective: Event, outage: Outage | None) -> Iterator[str]:
    limit_s = objective.detail["limit_s"]
    if outage is None or (outage.over and outage.length <= timedelta(seconds=limit_s)):
        return
    if outage.over or outage.length > LONGEST_HOLE:  # the last question may be slow
        told = "{name}: {guest} was away for".format(**objective.detail)
        yield f"{told} {outage}, allowed are {limit_s:g} s"


def _lost(objective: Event, losses: Mapping[str, Losses]) -> Iterator[str]:
    limit = objective.detail["limit_writes"]
    gone = {store: of.lost for store, of in losses.items() if of.lost}
    if sum(map(len, gone.values())) > limit:
        told = "{name}: acknowledged writes were lost".format(**objective.detail)
        which = "; ".join(f"{store}: {Losses(lost=numbers)}" for store, numbers in gone.items())
        yield f"{told}, allowed are {limit}: {which}"


def _named(fault: str, limits: dict[str, float]) -> dict[str, dict[str, object]]:
    """`recovery_time_s: 40` of a power cut is the limit `power_cut.recovery_time`."""
    plain = {key.removesuffix("_s"): most for key, most in limits.items()}
    return {key: {"name": f"{fault}.{key}", "at_most": most} for key, most in plain.items()}
