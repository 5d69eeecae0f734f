"""Configuration, leftovers, disks, stores and states are seen in the end."""

import pytest

from harness.record.events import (
    ClusterView,
    Configuration,
    CopiesCompared,
    FaultInjecting,
    FaultStep,
    NodeSurvey,
    Recovered,
    StoreRead,
    StoreUnread,
    Traces,
)
from harness.record.status import Pacemaker
from suites.selftest.judge.fit_record import STEPS, Match, kinds, nothing, of_store, unfit_replacing
from suites.selftest.node_events import configuration, survey, view
from suites.selftest.records import NODES, STORES, fault, recovered, step


def of_node(kind: type[Configuration | Traces], moment: str, node: str) -> Match:
    return lambda e: isinstance(e, kind) and (e.moment, e.node) == (moment, node)


@pytest.mark.parametrize("machine", NODES)
@pytest.mark.parametrize("moment", ["beginning", "end"])
def test_the_configuration_and_what_is_left_behind_are_seen_of_every_node(
    moment: str, machine: str
) -> None:
    assert unfit_replacing(of_node(Configuration, moment, machine)) == [
        f"not observed: the configuration at the {moment} of {machine}"
    ]
    assert unfit_replacing(of_node(Traces, moment, machine)) == [
        f"not observed: the leftovers at the {moment} of {machine}"
    ]


def test_an_empty_configuration_was_not_seen() -> None:
    empty = configuration(33, "alpha", "end").model_copy(update={"elements": {}})
    assert unfit_replacing(of_node(Configuration, "end", "alpha"), empty) == [
        "not observed: the configuration at the end of alpha"
    ]


def test_both_copies_of_every_disk_are_compared() -> None:
    assert unfit_replacing(
        kinds(CopiesCompared), CopiesCompared(at_s=34, differ={"web": 4096})
    ) == ["not observed: both copies of the disk of shop"]
    each = [CopiesCompared(at_s=34, differ={guest: None}) for guest in ("web", "shop")]
    assert unfit_replacing(kinds(CopiesCompared), *each) == []


@pytest.mark.parametrize("store", STORES)
def test_every_store_is_read_in_the_end(store: str) -> None:
    assert unfit_replacing(of_store(store)) == [f"not observed: the final content of {store}"]


def test_a_store_that_does_not_hand_out_what_it_holds_was_asked() -> None:
    """That is the cluster's failure, not the lab's."""
    mute = StoreUnread(at_s=34, store="web.redis", problem="Connection refused")
    assert unfit_replacing(of_store("web.redis"), mute) == []


def of_survey(node: str) -> Match:
    return lambda event: isinstance(event, NodeSurvey) and event.node == node


@pytest.mark.parametrize("machine", NODES)
def test_every_node_is_surveyed_after_the_last_fault(machine: str) -> None:
    lacking = [f"not observed: the state after the fault of {machine}"]
    assert unfit_replacing(of_survey(machine)) == lacking
    guests = {"alpha": ["web"], "bravo": ["shop"]}.get(machine, [])
    assert unfit_replacing(of_survey(machine), survey(20, machine, *guests)) == lacking
    assert unfit_replacing(of_survey(machine), survey(20.5, machine, *guests)) == []


NO_VIEW = ["not observed: the cluster's own view after the fault"]


@pytest.mark.parametrize(
    ("at_s", "lacks"), [(20, NO_VIEW), (20.5, []), (30, []), (30.5, NO_VIEW)], ids=str
)
def test_the_clusters_own_view_is_seen_between_the_fault_and_the_recovery(
    at_s: float, lacks: list[str]
) -> None:
    assert unfit_replacing(kinds(ClusterView), view(at_s, Pacemaker())) == lacks


def test_any_view_in_that_time_is_enough_and_none_is_too_few() -> None:
    assert unfit_replacing(nothing, view(10, Pacemaker()), view(31, Pacemaker())) == []
    assert unfit_replacing(kinds(ClusterView)) == NO_VIEW


def test_the_last_of_two_faults_and_the_last_recovery_count() -> None:
    early = fault(10, "bravo", name="early")
    proved = [step(10.5, e.step, name="early") for e in STEPS]
    assert unfit_replacing(nothing, early, *proved) == []
    assert unfit_replacing(kinds(ClusterView), view(15, Pacemaker()), early, *proved) == NO_VIEW
    assert unfit_replacing(kinds(ClusterView), view(30.5, Pacemaker()), recovered(31)) == []


def test_without_a_fault_whatever_was_seen_after_the_beginning_counts() -> None:
    changed = [survey(0.5, "alpha", "web"), survey(0.5, "bravo", "shop"), survey(0.5, "arbiter")]
    match = kinds(FaultInjecting, FaultStep, NodeSurvey, ClusterView)
    assert unfit_replacing(match, *changed, view(0.5, Pacemaker())) == ["no fault was injected"]


def test_a_cluster_that_did_not_recover_is_not_asked_for_its_final_state() -> None:
    final = kinds(Recovered, CopiesCompared, StoreRead, Traces, Configuration, NodeSurvey)
    assert unfit_replacing(final) == []
