"""A cluster that has recovered owes each store a write after the last fault."""

import pytest

from harness.judge.judgement import Verdict
from harness.judge.verdict import judge
from harness.record.events import FaultInjecting, FaultStep, Recovered
from harness.record.timeline import Record
from suites.selftest.client_events import sample
from suites.selftest.failover import FAULT_S
from suites.selftest.judge.failovers import (
    LIFTED_S,
    SILENT,
    UNREAD,
    failure,
    of_store,
    recovered,
    unread,
    without_acknowledgements,
)
from suites.selftest.records import record, step


def test_a_store_that_takes_no_write_after_the_last_fault_is_the_clusters_failure() -> None:
    judgement = judge(without_acknowledgements("shop.file", LIFTED_S))
    assert judgement.verdict is Verdict.FAIL
    assert SILENT in judgement.broken
    assert not any("web" in text for text in judgement.broken)


@pytest.mark.parametrize(("moment_s", "silent"), [(LIFTED_S, False), (LIFTED_S + 5, True)])
def test_only_the_last_fault_counts_for_writes(moment_s: float, silent: bool) -> None:
    """A write that was confirmed between two faults says nothing of the second one."""
    second = FaultInjecting(at_s=moment_s, fault="second", victims=("alpha",), may_be_fenced=())
    judgement = judge(Record([*without_acknowledgements("shop.file", LIFTED_S + 1).events, second]))
    assert (SILENT in judgement.broken) is silent


@pytest.mark.parametrize(("until_s", "silent"), [(LIFTED_S - 0.5, True), (LIFTED_S + 0.5, False)])
def test_a_write_that_was_taken_while_the_fault_was_in_place_does_not_count(
    until_s: float, silent: bool
) -> None:
    assert (SILENT in judge(without_acknowledgements("shop.file", until_s)).broken) is silent


@pytest.mark.parametrize(("until_s", "silent"), [(FAULT_S, True), (FAULT_S + 0.5, False)])
def test_of_a_fault_that_was_never_lifted_its_injection_counts(
    until_s: float, silent: bool
) -> None:
    refused = without_acknowledgements("shop.file", until_s)
    events = [e for e in refused.events if not isinstance(e, FaultStep) or e.step != "lifted"]
    assert (SILENT in judge(Record(events)).broken) is silent


def test_of_two_faults_the_last_lift_counts() -> None:
    second = FaultInjecting(at_s=30, fault="second", victims=("alpha",), may_be_fenced=())
    lifts = [step(at_s, "lifted", name="second") for at_s in (50.0, 31.0)]
    for until_s, silent in ((LIFTED_S + 1, True), (51.0, False)):
        judgement = judge(
            Record([*without_acknowledgements("shop.file", until_s).events, second, *lifts])
        )
        assert (SILENT in judgement.broken) is silent


def test_a_cluster_that_has_not_recovered_owes_no_write_and_no_store() -> None:
    doctored = without_acknowledgements("shop.file", FAULT_S)
    events = [e for e in doctored.events if not recovered(e) and not of_store(e)]
    judgement = judge(Record([*events, unread(), failure("not in 720 s", "cluster")]))
    assert judgement.verdict is Verdict.FAIL
    assert judgement.broken[0] == "not in 720 s"
    assert SILENT not in judgement.broken
    assert UNREAD not in judgement.broken


def test_without_a_fault_nothing_needs_to_be_written_after_it() -> None:
    silent = record(Recovered(at_s=9), (sample(n / 16) for n in range(160)))
    judgement = judge(silent)
    assert judgement.verdict is Verdict.INVALID
    assert judgement.broken == ()
