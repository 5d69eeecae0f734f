"""A life is a node from one boot to its end."""

import pytest

from harness.record.events import ClockReading
from harness.record.spans import Life, clock_uncertainty_s, life_of, lives, power_loss_s
from suites.selftest.agent_spans import ALPHA, BRAVO
from suites.selftest.node_events import clock, line, node_sample, node_samples, power, role
from suites.selftest.records import record


def test_a_life_is_a_node_from_one_boot_to_its_end() -> None:
    events = (node_sample(1, "alpha"), role(1, "alpha", "Primary"), line(1, "alpha", "x", "y"))
    assert {life_of(event) for event in events} == {ALPHA}
    assert life_of(clock(1, "bravo", 0.1, boot="2")) == Life("bravo", "2")


def test_a_life_is_known_by_all_signs_of_its_agent_in_their_order() -> None:
    found = lives(
        record(
            role(2.5, "alpha", "Primary"),
            node_samples(1, 3, "alpha"),
            node_sample(9, "alpha", boot="2"),
            role(4, "bravo", "Secondary"),
            line(5, "arbiter", "corosync", "a journal is no sign of an agent"),
        )
    )
    assert found == {ALPHA: [1, 2, 2.5, 3], Life("alpha", "2"): [9], BRAVO: [4]}


@pytest.mark.parametrize("change", ["stopped", "crashed"])
def test_a_life_ends_when_its_node_loses_its_power_after_its_first_sign(change: str) -> None:
    cut = record(power(5, "alpha", change), power(8, "alpha", change), power(6, "bravo", change))
    assert power_loss_s(cut, ALPHA, 4) == 5
    assert power_loss_s(cut, ALPHA, 5) == 5
    assert power_loss_s(cut, ALPHA, 5.1) == 8
    assert power_loss_s(cut, ALPHA, 8.1) is None


@pytest.mark.parametrize("change", ["started", "suspended", "resumed", "shut down"])
def test_no_other_change_of_power_ends_a_life(change: str) -> None:
    assert power_loss_s(record(power(5, "alpha", change)), ALPHA, 4) is None


def test_a_clock_is_known_as_well_as_by_the_best_reading_of_its_reader() -> None:
    agent = [clock(1, "alpha", 0.3), clock(2, "alpha", 0.2)]
    journal = ClockReading.model_validate(
        clock(3, "alpha", 0.1).model_dump() | {"reader": "journals"}
    )
    both = record(agent, journal, clock(1, "bravo", 0.01), clock(1, "alpha", 0.02, boot="2"))
    assert clock_uncertainty_s(both, ALPHA) == 0.2
    assert clock_uncertainty_s(both, ALPHA, "journals") == 0.1
    assert clock_uncertainty_s(record(agent), ALPHA, "journals") == 0.2
    assert clock_uncertainty_s(record(agent), BRAVO) == 0.0
