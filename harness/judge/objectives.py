"""Limits that the cluster is held to, by class of fault and acceleration: objectives.yml."""

from datetime import timedelta
from pathlib import Path

import yaml

from harness.plan import Acceleration, Frozen

DEFAULT_OBJECTIVES = Path(__file__).parent.parent.parent / "fixtures" / "objectives.yml"


class Limit(Frozen):
    """One limit, under the name that tests and reports call it by."""

    name: str
    at_most: timedelta


class Objective(Frozen):
    """Limits of one class of fault."""

    recovery_time: Limit
    """Longest outage of the guest that was hit, as its clients see it (RTO)."""
    bystander_outage: Limit
    """Longest outage of a guest that was not hit."""


class Objectives(Frozen):
    """The limits in force, by class of fault."""

    power_cut: Objective
    isolation: Objective
    full_disk: Objective


def load(accel: Acceleration, file: Path = DEFAULT_OBJECTIVES) -> Objectives:
    """The limits for an acceleration profile."""
    content = yaml.safe_load(file.read_text())[accel]
    return Objectives.model_validate({fault: _named(fault, of) for fault, of in content.items()})


def _named(fault: str, limits: dict[str, float]) -> dict[str, dict[str, object]]:
    """`recovery_time_s: 40` of a power cut is the limit `power_cut.recovery_time`."""
    plain = {key.removesuffix("_s"): seconds for key, seconds in limits.items()}
    return {key: {"name": f"{fault}.{key}", "at_most": s} for key, s in plain.items()}
