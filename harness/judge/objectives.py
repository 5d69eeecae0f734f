"""Limits that the cluster is held to, by class of fault and acceleration: objectives.yml."""

from datetime import timedelta
from pathlib import Path

import yaml
from pydantic import ConfigDict, Field

from harness.plan import Acceleration, Frozen

DEFAULT_OBJECTIVES = Path(__file__).parent.parent.parent / "fixtures" / "objectives.yml"


class Objective(Frozen):
    """Limits of one class of fault."""

    model_config = ConfigDict(populate_by_name=True)

    recovery_time: timedelta = Field(alias="recovery_time_s")
    """Longest outage of the guest that was hit, as its clients see it (RTO)."""
    bystander_outage: timedelta = Field(alias="bystander_outage_s")
    """Longest outage of a guest that was not hit."""


class Objectives(Frozen):
    """The limits in force, by class of fault."""

    power_cut: Objective
    isolation: Objective
    full_disk: Objective


def load(accel: Acceleration, file: Path = DEFAULT_OBJECTIVES) -> Objectives:
    """The limits for an acceleration profile."""
    return Objectives.model_validate(yaml.safe_load(file.read_text())[accel])
