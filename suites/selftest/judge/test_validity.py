"""A record that tells nothing of the cluster names every reason."""

from collections.abc import Callable

import pytest

from harness.judge.validity import faults_unproved, unfit
from harness.record.events import (
    Blame,
    Closed,
    ClusterView,
    Configuration,
    CopiesCompared,
    Event,
    Failure,
    FaultInjecting,
    FaultStep,
    HttpSample,
    LossObjective,
    NodeSurvey,
    ObservationEnds,
    PowerState,
    Recovered,
    Settled,
    StoreRead,
    StoreUnread,
    Traces,
    Write,
)
from harness.record.status import Pacemaker
from harness.record.timeline import Record
from suites.selftest.records import (
    NODES,
    STORES,
    configuration,
    copies,
    fault,
    holding,
    host_load,
    line,
    opened,
    record,
    recovered,
    step,
    survey,
    traces,
    view,
    vouched,
    watched,
    write,
)

STEPS = [step(20.5, "bites"), step(25, "still bites"), step(25.5, "lifted"), step(26, "gone")]
FINAL_STATE = [
    *(configuration(0, node, "beginning") for node in NODES),
    *(traces(0, node, "beginning") for node in NODES),
    *(configuration(33, node, "end") for node in NODES),
    *(traces(33, node, "end") for node in NODES),
    *(survey(31, node, boot="1") for node in ("arbiter",)),
    *(survey(31, "alpha", "web"), survey(31, "bravo", "shop"), view(30, Pacemaker())),
    *(holding(1, store=store, at_s=34) for store in STORES),
    copies(34),
]
HONEST = [
    *(opened(), Settled(at_s=0), fault(20, "alpha"), *STEPS, recovered(30)),
    *(*watched(40), *vouched(40), ObservationEnds(at_s=32), *FINAL_STATE, Closed(at_s=40)),
]
Match = Callable[[Event], bool]


def but(match: Match, *instead: Event) -> list[str]:
    """Why the honest record is invalid with some events instead of others."""
    return list(unfit(Record([*(e for e in HONEST if not match(e)), *instead])))


def nothing(_: Event) -> bool:
    return False


def kinds(*types: type[Event]) -> Match:
    return lambda event: isinstance(event, types)


def test_an_honest_record_is_fit() -> None:
    assert but(nothing) == []


def test_the_labs_own_failures_come_first_and_the_clusters_are_none_of_these() -> None:
    failures = [
        Failure(at_s=30, reason="web is nowhere", blame="cluster"),
        Failure(at_s=31, reason="no space on this machine", blame="lab"),
        Failure(at_s=32, reason="the lab has ended", blame="lab"),
    ]
    assert but(nothing, *failures) == ["no space on this machine", "the lab has ended"]


# A test that did not begin.

UNSETTLED = "the test did not begin: the cluster was not settled"
BUSY = [host_load(at_s, strangers=0.9) for at_s in range(1, 7)]
STRANGERS = "other processes took "


def test_before_it_is_settled_a_record_that_names_no_failure_says_why_it_tells_nothing() -> None:
    assert list(unfit(Record([opened(), fault(20, "alpha")]))) == [UNSETTLED]


@pytest.mark.parametrize(("blame", "reasons"), [("lab", ["no way in"]), ("cluster", [])])
def test_before_it_is_settled_only_the_labs_failures_count(
    blame: Blame, reasons: list[str]
) -> None:
    """A cluster that is broken before the fault fails, whatever nobody saw of it."""
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
        "alpha's processor was not let run for 2.0 s, 1.5 s is the most (half of the token)",
        "arbiter: Corosync was not scheduled for 4.0 s",
        "fault: it was not proved that it bites",
        "http_probe saw nothing of web from 5.0 to 7.0 s, 1 s is the most",
        "http_probe saw nothing of shop from 5.0 to 7.0 s, 1 s is the most",
        *(unasked.format(node) for node in NODES),
        "web.file: a write took 1.8 s before the fault, 1.5 s is the most",
        "none nobody lost writes: nothing written: not measured",
        "nobody saw both copies of the disk of shop",
        "nobody saw both copies of the disk of web",
    ]


# The fault.


def unproved(*events: Event) -> list[str]:
    return list(faults_unproved(record(*events)))


BITES, STILL, LIFTED, GONE = (step(at_s, e.step) for at_s, e in enumerate(STEPS, start=6))
CUT = fault(5, "alpha")
NO_BITE = "fault: it was not proved that it bites"
NO_LONGER = "fault: it was not proved that it still bites before it was lifted"
NOT_GONE = "fault: it was not proved that it is gone"


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
        "write_workload saw nothing of web.redis from 8.0 to 20.0 s, 4 s is the most",
        "web.redis: 0.0 writes a second were acknowledged before the fault, 0.5 needed",
    ]


def test_writes_that_a_store_holds_must_be_on_record() -> None:
    more = [holding(1, 900, 901, store="web.redis", at_s=34)]
    assert but(of_store("web.redis"), *more) == [
        "web.redis holds 2 writes of this test that are not on record"
    ]


# The final state.


def of_node(kind: type[Configuration | Traces], moment: str, node: str) -> Match:
    return lambda e: isinstance(e, kind) and (e.moment, e.node) == (moment, node)


@pytest.mark.parametrize("machine", NODES)
@pytest.mark.parametrize("moment", ["beginning", "end"])
def test_the_configuration_and_what_is_left_behind_are_seen_of_every_node(
    moment: str, machine: str
) -> None:
    assert but(of_node(Configuration, moment, machine)) == [
        f"nobody saw the configuration at the {moment} of {machine}"
    ]
    assert but(of_node(Traces, moment, machine)) == [
        f"nobody saw what is left behind at the {moment} of {machine}"
    ]


def test_an_empty_configuration_was_not_seen() -> None:
    empty = configuration(33, "alpha", "end").model_copy(update={"elements": {}})
    assert but(of_node(Configuration, "end", "alpha"), empty) == [
        "nobody saw the configuration at the end of alpha"
    ]


def test_both_copies_of_every_disk_are_compared() -> None:
    assert but(kinds(CopiesCompared), CopiesCompared(at_s=34, differ={"web": 4096})) == [
        "nobody saw both copies of the disk of shop"
    ]
    each = [CopiesCompared(at_s=34, differ={guest: None}) for guest in ("web", "shop")]
    assert but(kinds(CopiesCompared), *each) == []


def of_store(store: str) -> Match:
    return lambda event: isinstance(event, StoreRead) and event.store == store


@pytest.mark.parametrize("store", STORES)
def test_every_store_is_read_in_the_end(store: str) -> None:
    assert but(of_store(store)) == [f"nobody saw what the store holds in the end of {store}"]


def test_a_store_that_does_not_hand_out_what_it_holds_was_asked() -> None:
    """That is the cluster's failure, not the lab's."""
    mute = StoreUnread(at_s=34, store="web.redis", problem="Connection refused")
    assert but(of_store("web.redis"), mute) == []


def of_survey(node: str) -> Match:
    return lambda event: isinstance(event, NodeSurvey) and event.node == node


@pytest.mark.parametrize("machine", NODES)
def test_every_node_is_surveyed_after_the_last_fault(machine: str) -> None:
    lacking = [f"nobody saw the state after the fault of {machine}"]
    assert but(of_survey(machine)) == lacking
    guests = {"alpha": ["web"], "bravo": ["shop"]}.get(machine, [])
    assert but(of_survey(machine), survey(20, machine, *guests)) == lacking
    assert but(of_survey(machine), survey(20.5, machine, *guests)) == []


NO_VIEW = ["nobody saw the cluster's own view after the fault"]


@pytest.mark.parametrize(
    ("at_s", "lacks"), [(20, NO_VIEW), (20.5, []), (30, []), (30.5, NO_VIEW)], ids=str
)
def test_the_clusters_own_view_is_seen_between_the_fault_and_the_recovery(
    at_s: float, lacks: list[str]
) -> None:
    assert but(kinds(ClusterView), view(at_s, Pacemaker())) == lacks


def test_any_view_in_that_time_is_enough_and_none_is_too_few() -> None:
    assert but(nothing, view(10, Pacemaker()), view(31, Pacemaker())) == []
    assert but(kinds(ClusterView)) == NO_VIEW


def test_the_last_of_two_faults_and_the_last_recovery_count() -> None:
    early = fault(10, "bravo", name="early")
    proved = [step(10.5, e.step, name="early") for e in STEPS]
    assert but(nothing, early, *proved) == []
    assert but(kinds(ClusterView), view(15, Pacemaker()), early, *proved) == NO_VIEW
    assert but(kinds(ClusterView), view(30.5, Pacemaker()), recovered(31)) == []


def test_without_a_fault_whatever_was_seen_after_the_beginning_counts() -> None:
    changed = [survey(0.5, "alpha", "web"), survey(0.5, "bravo", "shop"), survey(0.5, "arbiter")]
    match = kinds(FaultInjecting, FaultStep, NodeSurvey, ClusterView)
    assert but(match, *changed, view(0.5, Pacemaker())) == ["no fault was injected"]


def test_a_cluster_that_did_not_recover_is_not_asked_for_its_final_state() -> None:
    final = kinds(Recovered, CopiesCompared, StoreRead, Traces, Configuration, NodeSurvey)
    assert but(final) == []
