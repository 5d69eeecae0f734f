"""A record that tells nothing of the cluster names every reason."""

import pytest

from harness.judge.validity import unfit
from harness.record.events import (
    Blame,
    CopiesCompared,
    Failure,
    HttpSample,
    LossObjective,
    PowerState,
    Settled,
    Write,
)
from harness.record.timeline import Record
from suites.selftest.judge.fit_record import HONEST, STEPS, nothing, unfit_replacing
from suites.selftest.node_events import host_load, line
from suites.selftest.records import NODES, fault, opened


def test_an_honest_record_is_fit() -> None:
    assert unfit_replacing(nothing) == []


def test_the_labs_own_failures_come_first_and_the_clusters_are_none_of_these() -> None:
    failures = [
        Failure(at_s=30, reason="web is nowhere", blame="cluster"),
        Failure(at_s=31, reason="no space on this machine", blame="lab"),
        Failure(at_s=32, reason="the lab has ended", blame="lab"),
    ]
    assert unfit_replacing(nothing, *failures) == ["no space on this machine", "the lab has ended"]


UNSETTLED = "the test did not begin: the cluster was not settled"
BUSY = [host_load(at_s, strangers=0.9) for at_s in range(1, 7)]
STRANGERS = "other processes took "


def test_before_it_is_settled_a_record_that_names_no_failure_says_why_it_tells_nothing() -> None:
    assert list(unfit(Record([opened(), fault(20, "alpha")]))) == [UNSETTLED]


@pytest.mark.parametrize(("blame", "reasons"), [("lab", ["no way in"]), ("cluster", [])])
def test_before_it_is_settled_only_the_labs_failures_count(
    blame: Blame, reasons: list[str]
) -> None:
    """A cluster that is broken before the fault fails, whatever was not observed of it."""
    failure = Failure(at_s=3, reason="no way in", blame=blame)
    assert list(unfit(Record([opened(), failure]))) == reasons


def test_a_busy_machine_may_be_why_a_cluster_does_not_settle() -> None:
    failure = Failure(at_s=9, reason="not in 90 s", blame="cluster")
    [reason] = unfit(Record([opened(), *BUSY, failure]))
    assert reason.startswith(STRANGERS)


def test_a_machine_that_was_busy_until_the_cluster_was_settled_is_fit() -> None:
    events = [event for event in HONEST if not isinstance(event, Settled)]
    for settled_s, busy in ((2, True), (7, False)):
        found = list(unfit(Record([*events, *BUSY, Settled(at_s=settled_s)])))
        assert any(reason.startswith(STRANGERS) for reason in found) is busy


NOT_SCHEDULED = "Corosync main process was not scheduled (@17) for 4000.0 ms (threshold is 2400 ms)"


def test_each_ground_is_named_in_its_order() -> None:
    """All but one of them make no other ground."""
    alone = [
        Failure(at_s=31, reason="no space on this machine", blame="lab"),
        host_load(30, stalled_s=2.0),
        line(30, "arbiter", "corosync", NOT_SCHEDULED),
        LossObjective(at_s=30, name="none", guest="nobody", most=0),
    ]
    dishonest = [
        *(e for e in HONEST if e not in STEPS and not isinstance(e, CopiesCompared | PowerState)),
        *(*STEPS[1:], *alone),
    ]
    slow = [
        e.model_copy(update={"acknowledged_s": e.at_s + 1.75})
        if isinstance(e, Write) and e.store == "web.file"
        else e
        for e in dishonest
    ]
    few = [e for e in slow if not (isinstance(e, HttpSample) and 5 < e.at_s < 7)]
    found = list(unfit(Record(few)))
    unasked = "the hypervisor was not asked for the power of {0} at both ends of the test"
    assert found == [
        "no space on this machine",
        "alpha's processor was stalled for 2.0 s, the limit is 1.5 s (half of the token)",
        "arbiter: Corosync was not scheduled for 4.0 s",
        "fault: it was not proved that it bites",
        "http_probe saw nothing of web from 5.0 to 7.0 s, the limit is 1 s",
        "http_probe saw nothing of shop from 5.0 to 7.0 s, the limit is 1 s",
        *(unasked.format(node) for node in NODES),
        "web.file: a write took 1.8 s before the fault, the limit is 1.5 s",
        "none nobody lost writes: nothing written: not measured",
        "not observed: both copies of the disk of shop",
        "not observed: both copies of the disk of web",
    ]
