"""The limits in objectives.yml, and the objectives that a test requires."""

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
    RedundancyObjective,
    Service,
)

DEFAULT = Path(__file__).parent.parent.parent / "fixtures" / "objectives.yml"
LENGTH = "seconds above 0, as 45 or 1.5"
COUNT = "a whole number, 0 or more"


class OutageLimits(StrictModel):
    """Limits for the outages of one service."""

    longest_s: float = Field(gt=0, description=LENGTH)
    """Limit for the longest outage (RTO)."""
    further: int = Field(ge=0, description=COUNT)
    """Limit for the number of other outages."""
    further_s: float = Field(ge=0, description="seconds, 0 or more")
    """Limit for the sum of the other outages."""


class PhaseLimits(StrictModel):
    """Limits for the phases of a failover, each named by the moment that ends it."""

    membership_s: float | None = Field(default=None, gt=0, description=LENGTH)
    fenced_s: float | None = Field(default=None, gt=0, description=LENGTH)
    promoted_s: float | None = Field(default=None, gt=0, description=LENGTH)
    started_s: float | None = Field(default=None, gt=0, description=LENGTH)
    answer_s: float | None = Field(default=None, gt=0, description=LENGTH)


class BystanderLimits(StrictModel):
    """Limits for a guest that was not hit."""

    reads: OutageLimits
    writes: OutageLimits
    """For each store."""
    lost_writes: int = Field(ge=0, description=COUNT)
    """Limit for lost acknowledged writes of a guest (RPO). It is 0 with synchronous replication."""


class HitLimits(BystanderLimits):
    """Limits for the guest under test, on the victim."""

    phases: PhaseLimits | None = None
    """For the outage of its reads."""
    redundant_again_s: float | None = Field(default=None, gt=0, description=LENGTH)
    """Limit for the time from the last lift until both replicas of the guest are good again."""


class FaultLimits(StrictModel):
    """Limits for one class of fault."""

    hit: HitLimits
    bystander: BystanderLimits | None = None
    """None if a bystander must stay unaffected."""


class ProfileLimits(StrictModel):
    """Limits for one acceleration profile."""

    unaffected: BystanderLimits
    power_cut: FaultLimits
    isolation: FaultLimits
    full_disk: FaultLimits
    planned_move: FaultLimits
    guest_crash: FaultLimits
    short_freeze: FaultLimits
    replication_loss: FaultLimits
    fence_retry: FaultLimits
    lan_loss: FaultLimits
    flapping_node: FaultLimits
    flapping_link: FaultLimits
    lost_daemon: FaultLimits
    stalled_disk: FaultLimits


class FileLimits(StrictModel):
    """The content of objectives.yml."""

    kvm: ProfileLimits
    tcg: ProfileLimits


@dataclass(frozen=True)
class GuestObjective:
    """Limits for one guest in a test, with the name that the report shows.

    Example:
        probe.require(objectives.power_cut.hit)
    """

    name: str
    """Class of fault and the guest's part in it, for example `power_cut.hit`."""
    limits: BystanderLimits

    def events_for(self, guest: str) -> Iterator[Event]:
        """Yield the events that put these limits for a guest on record."""
        services: dict[Service, OutageLimits] = {
            "reads": self.limits.reads,
            "writes": self.limits.writes,
        }
        for service, allowed in services.items():
            yield OutageObjective(
                name=self.name, guest=guest, service=service, **allowed.model_dump()
            )
        yield LossObjective(name=self.name, guest=guest, most=self.limits.lost_writes)
        if isinstance(self.limits, HitLimits):
            yield from self._events_of_hit(guest, self.limits)

    def _events_of_hit(self, guest: str, limits: HitLimits) -> Iterator[Event]:
        phases = limits.phases.model_dump(exclude_none=True) if limits.phases else {}
        for key, longest_s in phases.items():
            ends_with = key.removesuffix("_s")
            yield PhaseObjective(
                name=self.name, guest=guest, ends_with=ends_with, longest_s=longest_s
            )
        if longest_s := limits.redundant_again_s:
            yield RedundancyObjective(name=self.name, guest=guest, longest_s=longest_s)


@dataclass(frozen=True)
class FaultObjectives:
    """Objectives for one class of fault."""

    hit: GuestObjective
    """For the guest under test, on the victim."""
    bystander: GuestObjective
    """For a guest that runs elsewhere and has its other replica on the victim."""


@dataclass(frozen=True)
class Objectives:
    """The objectives of an acceleration profile, by class of fault.

    The fixture `objectives` has those in force. A test states which guest must meet which ones.

    Example:
        probe.require(objectives.power_cut.hit)
        bystander.require(objectives.power_cut.bystander)
    """

    unaffected: GuestObjective
    """For a guest that has nothing on the victim, or that the fault must not touch."""
    power_cut: FaultObjectives
    isolation: FaultObjectives
    full_disk: FaultObjectives
    planned_move: FaultObjectives
    guest_crash: FaultObjectives
    short_freeze: FaultObjectives
    replication_loss: FaultObjectives
    fence_retry: FaultObjectives
    lan_loss: FaultObjectives
    flapping_node: FaultObjectives
    flapping_link: FaultObjectives
    lost_daemon: FaultObjectives
    stalled_disk: FaultObjectives


def check(file: Path) -> None:
    """Check a file of objectives, for all profiles.

    Raises:
        InputError: names the file and all mistakes in it, in one line.
    """
    read(file, FileLimits)


def load(accel: Acceleration, file: Path = DEFAULT) -> Objectives:
    """Read the objectives of an acceleration profile.

    Raises:
        InputError: names the file and all mistakes in it, in any profile, in one line.
    """
    limits: ProfileLimits = getattr(read(file, FileLimits), accel)
    unaffected = GuestObjective("unaffected", limits.unaffected)
    return Objectives(
        unaffected=unaffected,
        **{
            fault: _objectives_of(fault, getattr(limits, fault), unaffected)
            for fault in ProfileLimits.model_fields
            if fault != "unaffected"
        },
    )


def _objectives_of(fault: str, of: FaultLimits, unaffected: GuestObjective) -> FaultObjectives:
    bystander = GuestObjective(f"{fault}.bystander", of.bystander) if of.bystander else unaffected
    return FaultObjectives(GuestObjective(f"{fault}.hit", of.hit), bystander)
