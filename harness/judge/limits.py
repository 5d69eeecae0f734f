"""Limits that the cluster is held to, as objectives.yml states them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from harness.plan.plan import Acceleration
from harness.plan.strict_yaml import StrictModel, read
from harness.record.events import (
    Event,
    LossObjective,
    OutageObjective,
    PhaseObjective,
    Service,
)

DEFAULT = Path(__file__).parent.parent.parent / "fixtures" / "objectives.yml"
LENGTH = "seconds above 0, as 45 or 1.5"
COUNT = "a whole number, 0 or more"


class OutageLimits(StrictModel):
    """The outages of one service that are allowed."""

    longest_s: float = Field(gt=0, description=LENGTH)
    """Of the longest one (RTO)."""
    further: int = Field(ge=0, description=COUNT)
    """How many there may be beside it."""
    further_s: float = Field(ge=0, description="seconds, 0 or more")
    """The sum of those beside it."""


class PhaseLimits(StrictModel):
    """How long a phase of a failover may take, by the moment that ends it."""

    membership_s: float | None = Field(default=None, gt=0, description=LENGTH)
    fenced_s: float | None = Field(default=None, gt=0, description=LENGTH)
    promoted_s: float | None = Field(default=None, gt=0, description=LENGTH)
    started_s: float | None = Field(default=None, gt=0, description=LENGTH)
    answer_s: float | None = Field(default=None, gt=0, description=LENGTH)


class BystanderLimits(StrictModel):
    """Limits of a guest that was not hit."""

    reads: OutageLimits
    writes: OutageLimits
    """Of each store."""
    lost_writes: int = Field(ge=0, description=COUNT)
    """Acknowledged writes of a guest that may be gone (RPO): none, where replication waits."""


class HitLimits(BystanderLimits):
    """Limits of the guest under test, on the victim."""

    phases: PhaseLimits | None = None
    """Of the outage of its reads."""


class FaultLimits(StrictModel):
    """Limits of one class of fault."""

    hit: HitLimits
    bystander: BystanderLimits
    unaffected: BystanderLimits


class ProfileLimits(StrictModel):
    """Limits of one acceleration profile."""

    power_cut: FaultLimits
    isolation: FaultLimits
    full_disk: FaultLimits


class FileLimits(StrictModel):
    """All of objectives.yml."""

    kvm: ProfileLimits
    tcg: ProfileLimits


@dataclass(frozen=True)
class GuestObjective:
    """Limits of one guest in a test, under the name by which the report calls them.

    Example:
        probe.require(objectives.power_cut.hit)
    """

    name: str
    """Class of fault and the guest's part in it, as `power_cut.hit`."""
    limits: BystanderLimits

    def events_for(self, guest: str) -> Iterator[Event]:
        """What the record must hold for the judge to hold that guest to these limits."""
        services: dict[Service, OutageLimits] = {
            "reads": self.limits.reads,
            "writes": self.limits.writes,
        }
        for service, allowed in services.items():
            yield OutageObjective(
                name=self.name, guest=guest, service=service, **allowed.model_dump()
            )
        yield LossObjective(name=self.name, guest=guest, most=self.limits.lost_writes)
        phases = self.limits.phases if isinstance(self.limits, HitLimits) else None
        for key, longest_s in phases.model_dump(exclude_none=True).items() if phases else ():
            ends_with = key.removesuffix("_s")
            yield PhaseObjective(
                name=self.name, guest=guest, ends_with=ends_with, longest_s=longest_s
            )


@dataclass(frozen=True)
class FaultObjectives:
    """Objectives of one class of fault."""

    hit: GuestObjective
    """Of the guest under test, on the victim."""
    bystander: GuestObjective
    """Of a guest that runs elsewhere, and has its other replica on the victim."""
    unaffected: GuestObjective
    """Of a guest that has nothing on the victim."""


@dataclass(frozen=True)
class Objectives:
    """The objectives in force, by class of fault."""

    power_cut: FaultObjectives
    isolation: FaultObjectives
    full_disk: FaultObjectives


def check(file: Path) -> None:
    """Refuse a file that no profile's objectives can be read from.

    Raises:
        InputError: in one line the file and all mistakes in it.
    """
    read(file, FileLimits)


def load(accel: Acceleration, file: Path = DEFAULT) -> Objectives:
    """The objectives of an acceleration profile.

    Raises:
        InputError: in one line the file and all mistakes in it, of any profile.
    """
    limits: ProfileLimits = getattr(read(file, FileLimits), accel)
    faults = {fault: getattr(limits, fault) for fault in ProfileLimits.model_fields}
    return Objectives(
        **{
            fault: FaultObjectives(
                hit=GuestObjective(f"{fault}.hit", of.hit),
                bystander=GuestObjective(f"{fault}.bystander", of.bystander),
                unaffected=GuestObjective(f"{fault}.unaffected", of.unaffected),
            )
            for fault, of in faults.items()
        }
    )
