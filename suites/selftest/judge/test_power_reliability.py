"""The hypervisor's answers agree with the changes that it reported."""

import pytest

from harness.record.events import Event
from suites.selftest.judge.reliable_record import of_power, of_power_and_journal, reasons_replacing
from suites.selftest.node_events import power, power_state


@pytest.mark.parametrize("answers", [[], [power_state(0, "alpha")]], ids=["never", "once"])
def test_the_hypervisor_is_asked_at_both_ends(answers: list[Event]) -> None:
    assert reasons_replacing(of_power("alpha"), *answers) == [
        "the hypervisor was not asked for the power of alpha at both ends of the test"
    ]


def asked(*answers: tuple[float, bool]) -> list[Event]:
    return [power_state(at_s, "alpha", on=on) for at_s, on in answers]


DOWN = [power(20, "alpha"), power(30, "alpha", "started")]


def test_answers_that_agree_with_the_changes_are_believed() -> None:
    """At the moment of a change both answers are true."""
    moments = (10, True), (20, True), (20, False), (25, False), (30, True), (30, False), (40, True)
    assert reasons_replacing(of_power("alpha"), *DOWN, *asked(*moments)) == []


def test_a_loss_of_power_that_was_not_reported_is_named() -> None:
    lost = "alpha has no power, and no change of it was reported"
    assert reasons_replacing(of_power("alpha"), *asked((0, True), (100, False))) == [lost]
    assert reasons_replacing(of_power("alpha"), *DOWN, *asked((0, True), (31, False))) == [lost]
    assert reasons_replacing(
        of_power("alpha"), *DOWN, *asked((0, True), (10, False), (40, True))
    ) == [lost]


def test_a_return_of_power_that_was_not_reported_is_named() -> None:
    back = "alpha has power, and no change of it was reported"
    assert reasons_replacing(
        of_power_and_journal("alpha"), power(20, "alpha"), *asked((0, True), (99, True))
    ) == [back]


def test_a_node_that_has_no_power_all_along_agrees_with_no_change() -> None:
    assert reasons_replacing(of_power_and_journal("alpha"), *asked((0, False), (99, False))) == []


def test_the_power_of_one_node_contradicts_no_other() -> None:
    assert reasons_replacing(
        of_power("alpha"), power(20, "bravo"), power(30, "bravo", "started")
    ) == ["the hypervisor was not asked for the power of alpha at both ends of the test"]
