"""The limits of the shipped file, and how numbers and lengths are written."""

from pathlib import Path
from typing import Any

import pytest

from harness.judge.limits import GuestObjective, PhaseLimits, load
from harness.plan.plan import Acceleration
from harness.record.events import (
    LossObjective,
    OutageObjective,
    PhaseObjective,
    RedundancyObjective,
)
from suites.selftest.judge.limits.limits_file import changed, refusal, with_longest


@pytest.mark.parametrize("accel", Acceleration)
def test_the_shipped_limits_of_a_bystander_are_below_those_of_the_guest_that_is_hit(
    accel: Acceleration,
) -> None:
    objectives = load(accel)
    unaffected = objectives.unaffected.limits
    for of in (objectives.power_cut, objectives.isolation, objectives.full_disk):
        hit, bystander = of.hit.limits, of.bystander.limits
        assert bystander.reads.longest_s < hit.reads.longest_s
        assert bystander.writes.longest_s < hit.writes.longest_s
        assert unaffected.reads.longest_s <= bystander.reads.longest_s
        assert unaffected.writes.longest_s < bystander.writes.longest_s
        assert hit.lost_writes == bystander.lost_writes == unaffected.lost_writes == 0


def test_an_objective_is_named_by_its_fault_and_the_guests_part() -> None:
    objectives = load(Acceleration.TCG)
    assert objectives.power_cut.hit.name == "power_cut.hit"
    assert objectives.isolation.bystander.name == "isolation.bystander"
    assert objectives.unaffected.name == "unaffected"


def test_a_bystander_without_limits_of_its_own_must_stay_unaffected() -> None:
    objectives = load(Acceleration.TCG)
    assert objectives.planned_move.bystander == objectives.unaffected


def test_each_acceleration_has_its_own_limits(file: Path) -> None:
    file.write_text(with_longest("90"))
    assert load(Acceleration.TCG, file).power_cut.hit.limits.reads.longest_s == 90
    assert load(Acceleration.KVM, file).power_cut.hit.limits.reads.longest_s != 90


def test_an_objective_puts_all_its_limits_on_record_for_a_guest(file: Path) -> None:
    limits: dict[str, Any] = {"further": 1, "further_s": 2}
    given = {
        "reads": {"longest_s": 45, **limits},
        "writes": {"longest_s": 50, **limits},
        "lost_writes": 3,
        "phases": {"membership_s": 10, "answer_s": 8.5},
        "redundant_again_s": 70,
    }
    file.write_text(changed(lambda of: of.update(hit=given)))
    events = load(Acceleration.TCG, file).power_cut.hit.events_for("web")
    name: dict[str, Any] = {"name": "power_cut.hit", "guest": "web"}
    assert [event.model_copy(update={"at_s": 0}) for event in events] == [
        OutageObjective(at_s=0, service="reads", longest_s=45, **limits, **name),
        OutageObjective(at_s=0, service="writes", longest_s=50, **limits, **name),
        LossObjective(at_s=0, most=3, **name),
        PhaseObjective(at_s=0, ends_with="membership", longest_s=10, **name),
        PhaseObjective(at_s=0, ends_with="answer", longest_s=8.5, **name),
        RedundancyObjective(at_s=0, longest_s=70, **name),
    ]


def test_a_guest_that_is_not_hit_has_limits_of_its_own_of_outages_and_of_losses(
    file: Path,
) -> None:
    file.write_text(changed(lambda of: of["bystander"]["writes"].update(longest_s=17)))
    objective: GuestObjective = load(Acceleration.TCG, file).power_cut.bystander
    reads, writes, losses = objective.events_for("shop")
    assert isinstance(reads, OutageObjective)
    assert isinstance(writes, OutageObjective)
    assert isinstance(losses, LossObjective)
    assert {event.name for event in (reads, writes, losses)} == {"power_cut.bystander"}
    assert {event.guest for event in (reads, writes, losses)} == {"shop"}
    assert writes.longest_s == 17 != reads.longest_s


@pytest.mark.parametrize("name", PhaseLimits.model_fields)
def test_every_phase_may_have_a_limit(file: Path, name: str) -> None:
    file.write_text(changed(lambda of: of["hit"].update(phases={name: 7})))
    *_, last, _ = load(Acceleration.TCG, file).power_cut.hit.events_for("web")
    assert isinstance(last, PhaseObjective)
    assert (last.ends_with, last.longest_s) == (name.removesuffix("_s"), 7)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("1", 1), ("+1", 1), ("1.5", 1.5), (".5", 0.5), ("2.", 2), ("1e1", 10), ("1.5e+1", 15)),
        *(("010", 10), ("0x10", 16)),
    ],
)
def test_numbers_of_yaml_1_2_are_read(file: Path, text: str, number: float) -> None:
    file.write_text(with_longest(text))
    assert load(Acceleration.TCG, file).power_cut.hit.limits.reads.longest_s == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *(("00:40", "'00:40'"), ("1:30", "'1:30'"), ("1:30.5", "'1:30.5'"), ("'40'", "'40'")),
        *(("40 s", "'40 s'"), ("yes", "'yes'"), ("true", "True"), ("[1]", "[1]"), ("", "no value")),
        *(("~", "no value"), ("0", "0"), ("-1", "-1"), ("-0.5", "-0.5"), ("1e400", "'1e400'")),
        *((".inf", "inf"), (".nan", "nan"), ("nan", "'nan'")),
        ("2026-01-01", "datetime.date(2026, 1, 1)"),
        ("x" * 99, "'" + "x" * 39 + "…"),
    ],
)
def test_what_is_no_length_is_refused_with_what_to_write(file: Path, text: str, found: str) -> None:
    expected = {"'1e400'": "inf"}.get(found, found)
    assert refusal(file, with_longest(text)) == (
        f"tcg.power_cut.hit.reads.longest_s: found {expected}, write seconds above 0, as 45 or 1.5"
    )
