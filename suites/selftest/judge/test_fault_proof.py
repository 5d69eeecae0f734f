"""A fault is proved from its bite to its end, and each store is written to before it."""

import pytest

from harness.judge.validity import faults_unproved, unfit
from harness.record.events import Event, Failure, FaultInjecting, FaultStep, Write
from harness.record.timeline import Record
from suites.selftest.client_events import holding, write
from suites.selftest.judge.fit_record import (
    BITES,
    CUT,
    GONE,
    HONEST,
    LIFTED,
    NO_BITE,
    NO_LONGER,
    NOT_GONE,
    STEPS,
    STILL,
    of_store,
    unfit_replacing,
)
from suites.selftest.node_events import power
from suites.selftest.records import fault, record, recovered, step

# The fault.


def unproved(*events: Event) -> list[str]:
    return list(faults_unproved(record(*events)))


@pytest.mark.parametrize(
    ("steps", "unfinished", "finished"),
    [
        ([], [NO_BITE], [NO_BITE]),
        ([STILL, LIFTED, GONE], [NO_BITE], [NO_BITE]),
        ([BITES], [], [NO_LONGER]),
        ([BITES, LIFTED], [NO_LONGER], [NO_LONGER]),
        ([BITES, LIFTED, GONE], [NO_LONGER], [NO_LONGER]),
        ([BITES, STILL], [], [NOT_GONE]),
        ([BITES, STILL, LIFTED], [], [NOT_GONE]),
        ([BITES, STILL, GONE], [], [NOT_GONE]),
        ([BITES, STILL, LIFTED, GONE], [], []),
    ],
    ids=lambda steps: "+".join(e.step for e in steps) if steps and steps[0] in STEPS else None,
)
def test_a_fault_is_proved_from_its_bite_to_its_end(
    steps: list[Event], unfinished: list[str], finished: list[str]
) -> None:
    """A body that failed leaves it in place; one that passed has recovered from it."""
    assert unproved(CUT, *steps) == unfinished
    assert unproved(CUT, *steps, recovered(20)) == finished


FREEZE = CUT.model_copy(update={"ends_with_boot": True})
FENCED_S = CUT.at_s + 0.5


@pytest.mark.parametrize(
    ("begun", "lost", "unproved_by"),
    [
        (FREEZE, [power(FENCED_S, "alpha")], []),
        (FREEZE, [], [NO_LONGER]),
        (FREEZE, [power(FENCED_S, "bravo")], [NO_LONGER]),
        (FREEZE, [power(CUT.at_s - 1, "alpha")], [NO_LONGER]),
        (FREEZE, [power(LIFTED.at_s + 1, "alpha")], [NO_LONGER]),
        (CUT, [power(FENCED_S, "alpha")], [NO_LONGER]),
    ],
    ids=["fenced", "not fenced", "another", "before", "after the lift", "survives a boot"],
)
def test_a_fault_that_ends_with_a_boot_has_ended_if_its_victim_lost_power(
    begun: FaultInjecting, lost: list[Event], unproved_by: list[str]
) -> None:
    """The step alone proves nothing: the hypervisor's report does."""
    ended = STILL.model_copy(update={"step": "ended"})
    assert unproved(begun, *lost, BITES, ended, LIFTED, GONE, recovered(20)) == unproved_by


def test_each_fault_is_proved_by_its_own_steps() -> None:
    other = fault(5, "bravo", name="other")
    proved = [step(at_s, e.step, name="other") for at_s, e in enumerate(STEPS, start=6)]
    assert unproved(CUT, other, *proved, recovered(20)) == [NO_BITE]
    assert unproved(CUT, other, BITES, STILL, LIFTED, GONE, recovered(20)) == [
        "other: it was not proved that it bites"
    ]


def test_a_test_that_injected_nothing_shows_nothing() -> None:
    assert unproved(recovered(20)) == ["no fault was injected"]
    lab = Failure(at_s=5, reason="the lab has ended", blame="lab")
    assert unproved(lab) == ["no fault was injected"]


def test_a_cluster_that_was_broken_before_the_fault_needs_none() -> None:
    lab = Failure(at_s=5, reason="the lab has ended", blame="lab")
    assert unproved(lab, Failure(at_s=6, reason="web is nowhere", blame="cluster")) == []


# Writes.


def rarely(store: str) -> list[Event]:
    """One write in those four seconds before the fault, where two are needed."""
    return [
        e
        for e in HONEST
        if not (isinstance(e, Write) and e.store == store and 15.5 < e.at_s < 19.5)
    ]


def test_too_few_writes_before_the_fault_are_named_by_their_store() -> None:
    assert list(unfit(Record(rarely("shop.redis")))) == [
        "shop.redis: 0.2 writes a second were acknowledged before the fault, 0.5 needed"
    ]


def test_without_a_fault_nothing_needs_to_be_written() -> None:
    events = [e for e in rarely("shop.redis") if not isinstance(e, FaultInjecting | FaultStep)]
    assert list(unfit(Record(events))) == ["no fault was injected"]


def test_a_store_that_is_slow_and_asked_too_rarely_has_one_reason() -> None:
    few = [e for e in HONEST if not (isinstance(e, Write) and e.store == "web.redis")]
    slow = [write(at_s, n, took_s=3.5) for n, at_s in enumerate(range(0, 41, 4), start=1)]
    late = [e for e in slow if not 12 <= e.at_s < 20]
    assert list(unfit(Record([*few, *late]))) == [
        "write_workload saw nothing of web.redis from 8.0 to 20.0 s, the limit is 4 s",
        "web.redis: 0.0 writes a second were acknowledged before the fault, 0.5 needed",
    ]


def test_writes_that_a_store_holds_must_be_on_record() -> None:
    more = [holding(1, 900, 901, store="web.redis", at_s=34)]
    assert unfit_replacing(of_store("web.redis"), *more) == [
        "web.redis holds 2 writes of this test that are not on record"
    ]
