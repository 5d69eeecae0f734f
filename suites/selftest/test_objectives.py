"""Limits by class of fault and acceleration, from a file that is checked when it is read."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from harness.judge.objectives import DEFAULT_OBJECTIVES, Objectives, load
from harness.plan import Acceleration


@pytest.mark.parametrize("accel", Acceleration)
def test_every_acceleration_has_all_limits(accel: Acceleration) -> None:
    limits = load(accel)
    for name in Objectives.model_fields:
        of = getattr(limits, name)
        assert of.bystander_outage.at_most < of.recovery_time.at_most
        assert of.lost_writes.at_most == 0


def test_hardware_is_held_to_shorter_limits_than_emulation() -> None:
    kvm, tcg = load(Acceleration.KVM), load(Acceleration.TCG)
    assert kvm.power_cut.recovery_time.at_most < tcg.power_cut.recovery_time.at_most


def test_a_limit_has_the_name_of_its_fault() -> None:
    limits = load(Acceleration.TCG)
    assert limits.power_cut.recovery_time.name == "power_cut.recovery_time"
    assert limits.isolation.bystander_outage.name == "isolation.bystander_outage"


def test_a_number_is_read_as_seconds(tmp_path: Path) -> None:
    file = tmp_path / "objectives.yml"
    limit = {"recovery_time_s": 90, "bystander_outage_s": 1.5, "lost_writes": 3}
    file.write_text(yaml.safe_dump({"tcg": dict.fromkeys(Objectives.model_fields, limit)}))
    found = load(Acceleration.TCG, file).full_disk
    assert found.recovery_time.at_most == timedelta(seconds=90)
    assert found.bystander_outage.at_most == timedelta(seconds=1.5)
    assert (found.lost_writes.name, found.lost_writes.at_most) == ("full_disk.lost_writes", 3)


@pytest.mark.parametrize("key", ["recovery_time_s", "bystander_outage_s", "lost_writes"])
def test_a_limit_that_is_missing_is_refused(tmp_path: Path, key: str) -> None:
    raw = yaml.safe_load(DEFAULT_OBJECTIVES.read_text())
    del raw["kvm"]["isolation"][key]
    file = tmp_path / "objectives.yml"
    file.write_text(yaml.safe_dump(raw))
    with pytest.raises(ValidationError, match=rf"isolation\.{key.removesuffix('_s')}"):
        load(Acceleration.KVM, file)


def test_an_unknown_class_of_fault_is_refused(tmp_path: Path) -> None:
    raw = yaml.safe_load(DEFAULT_OBJECTIVES.read_text())
    raw["kvm"]["flood"] = raw["kvm"]["isolation"]
    file = tmp_path / "objectives.yml"
    file.write_text(yaml.safe_dump(raw))
    with pytest.raises(ValidationError, match="flood"):
        load(Acceleration.KVM, file)
