"""I7: whatever is not as it was at the beginning turns a record red, once all should be well."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.judge.invariants.convergence import (
    configuration_restored,
    copies_equal,
    replicas_healthy,
    view_restored,
)
from harness.record.events import Configuration, Event, NodeSurvey
from harness.record.status import Member, NodeStatus, Pacemaker, Replica, Resource
from suites.selftest.node_events import configuration, copies, view
from suites.selftest.records import NODES, cut, record, recovered

WELL = Member(online=True, unclean=False, pending=False, standby=False, maintenance=False)


def instance(
    name: str,
    role: str,
    *nodes: str,
    failed: bool = False,
    managed: bool = True,
    blocked: bool = False,
) -> Resource:
    return Resource(name, role, nodes, failed=failed, managed=managed, blocked=blocked)


RESOURCES = (
    instance("web", "Started", "alpha"),
    instance("ping", "Started", "alpha"),
    instance("ping", "Started", "bravo"),
    instance("ping", "Stopped"),
    instance("drbd-web", "Promoted", "alpha"),
    instance("drbd-web", "Unpromoted", "bravo"),
)
GOOD = Pacemaker(dc="alpha", quorate=True, members=dict.fromkeys(NODES, WELL), resources=RESOURCES)
ELSEWHERE = replace(
    GOOD,
    dc="arbiter",
    resources=(
        instance("web", "Started", "bravo"),
        *RESOURCES[1:3],
        instance("drbd-web", "Promoted", "bravo"),
        instance("drbd-web", "Unpromoted", "alpha"),
    ),
)


def seen(begin: Pacemaker, end: Pacemaker) -> list[str]:
    return list(view_restored(record(view(1, begin), recovered(200), view(201, end))))


def configured(*events: Event | Sequence[Event]) -> list[str]:
    return list(configuration_restored(record(recovered(200), *events)))


def everywhere(at_s: float, moment: str, **elements: str) -> Sequence[Event]:
    return [configuration(at_s, node, moment, **elements) for node in NODES]


def test_a_cluster_that_runs_the_same_elsewhere_has_converged() -> None:
    assert seen(GOOD, ELSEWHERE) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"online": False}, "bravo is offline"),
        ({"unclean": True}, "bravo is unclean"),
        ({"pending": True}, "bravo is pending"),
        ({"standby": True}, "bravo is in standby"),
        ({"maintenance": True}, "bravo is in maintenance"),
    ],
)
def test_each_member_must_be_in_good_standing(change: dict[str, bool], text: str) -> None:
    ill = replace(GOOD, members=GOOD.members | {"bravo": replace(WELL, **change)})
    assert seen(GOOD, ill) == [text]


def test_a_member_that_is_gone_is_missed() -> None:
    others = {node: WELL for node in NODES if node != "arbiter"}
    assert seen(GOOD, replace(GOOD, members=others)) == ["arbiter is no member"]


def test_a_cluster_needs_a_dc_and_may_not_be_left_in_maintenance() -> None:
    assert seen(GOOD, replace(GOOD, dc=None)) == ["no node is DC"]
    assert seen(GOOD, replace(GOOD, maintenance=True)) == ["the cluster is in maintenance mode"]


@pytest.mark.parametrize(
    ("resources", "text"),
    [
        (RESOURCES[1:], "resource web is gone"),
        ((*RESOURCES, instance("shop", "Started", "bravo")), "resource shop is new"),
        ((*RESOURCES[:2], *RESOURCES[3:]), "ping is 1 Started, it was 2 Started"),
        (
            (instance("web", "Stopped"), *RESOURCES[1:]),
            "web is Stopped, it was 1 Started",
        ),
        (
            (*RESOURCES[:4], instance("drbd-web", "Unpromoted", "alpha"), RESOURCES[5]),
            "drbd-web is 2 Unpromoted, it was 1 Promoted and 1 Unpromoted",
        ),
        (
            (instance("web", "Started", "alpha", managed=False), *RESOURCES[1:]),
            "web on alpha is unmanaged",
        ),
        (
            (instance("web", "Started", "alpha", blocked=True), *RESOURCES[1:]),
            "web on alpha is blocked",
        ),
        ((*RESOURCES, instance("ping", "Stopped", failed=True)), "ping is failed"),
    ],
    ids=[
        *("gone", "new", "an instance less", "stopped", "not promoted"),
        *("unmanaged", "blocked", "failed"),
    ],
)
def test_each_resource_is_in_the_roles_of_the_beginning(
    resources: tuple[Resource, ...], text: str
) -> None:
    assert seen(GOOD, replace(GOOD, resources=resources)) == [text]


def test_what_was_stopped_at_the_beginning_may_be_stopped_in_the_end() -> None:
    idle = replace(GOOD, resources=(instance("web", "Stopped"),))
    assert seen(idle, idle) == []


def test_the_beginning_is_the_first_view_of_the_settled_cluster_before_the_fault() -> None:
    during = replace(GOOD, resources=())
    later = [view(1, GOOD), view(2, during), cut(10, "alpha"), view(12, during)]
    assert list(view_restored(record(later, recovered(200), view(201, GOOD)))) == []
    only_during = [cut(10, "alpha"), view(12, GOOD), view(13, during)]
    assert list(view_restored(record(only_during, recovered(200), view(201, GOOD)))) == []


def test_of_what_nobody_saw_nothing_is_said() -> None:
    silent = record(view(1, GOOD), recovered(200))
    empty = record(view(1, GOOD), recovered(200), view(201, Pacemaker()))
    assert list(view_restored(silent)) == list(view_restored(empty)) == []
    nothing = record(recovered(200))
    for check in (view_restored, configuration_restored, replicas_healthy, copies_equal):
        assert list(check(nothing)) == []


def test_before_the_cluster_recovered_nothing_is_promised_of_it() -> None:
    ill = record(
        view(1, GOOD),
        view(201, replace(GOOD, dc=None)),
        everywhere(1, "beginning", web="1"),
        everywhere(201, "end", web="2"),
        NodeSurvey(at_s=201, node="alpha", status=NodeStatus("1", {}, ())),
    )
    for check in (view_restored, configuration_restored, replicas_healthy):
        assert list(check(ill)) == []


BEGIN = {"options": "1", "fence-bravo": "1", "web": "1"}


def test_a_configuration_that_is_the_same_on_all_nodes_and_at_both_moments_is_restored() -> None:
    assert configured(everywhere(1, "beginning", **BEGIN), everywhere(201, "end", **BEGIN)) == []


def test_elements_that_are_gone_new_or_changed_are_named_with_their_nodes() -> None:
    end = {"options": "2", "web": "1", "cli-prefer-web": "1"}
    assert configured(everywhere(1, "beginning", **BEGIN), everywhere(201, "end", **end)) == [
        "configuration of alpha, bravo, arbiter: cli-prefer-web is new",
        "configuration of alpha, bravo, arbiter: fence-bravo is gone",
        "configuration of alpha, bravo, arbiter: options changed",
    ]


def test_a_file_that_changed_is_named_by_its_path() -> None:
    end = [configuration(201, node, "end", **BEGIN) for node in NODES]
    path = "/etc/corosync/corosync.conf"
    end[1] = end[1].model_copy(update={"files": {path: "3"}})
    assert configured(everywhere(1, "beginning", **BEGIN), end) == [
        f"configuration of bravo: {path} changed"
    ]


def test_the_first_beginning_and_the_last_end_count() -> None:
    begin = [*everywhere(1, "beginning", **BEGIN), *everywhere(50, "beginning", web="9")]
    end = [*everywhere(201, "end", web="9"), *everywhere(220, "end", **BEGIN)]
    assert configured(begin, end) == []


def test_nodes_that_differ_are_found_though_no_beginning_was_seen() -> None:
    end = [*everywhere(201, "end", **BEGIN)[:2], configuration(201, "arbiter", "end", web="7")]
    assert configured(end) == [
        f"configuration: {name} is not the same on alpha, bravo, arbiter"
        for name in ("fence-bravo", "options", "web")
    ]


def test_files_may_differ_from_node_to_node() -> None:
    own = [
        Configuration(at_s=201, node=node, moment="end", elements=BEGIN, files={"/etc/x": node})
        for node in NODES
    ]
    assert configured(own) == []


SIDE = Replica("Secondary", "UpToDate", "Connected", "UpToDate")
BOTH = {"web": SIDE, "shop": SIDE}


def surveyed(at_s: float, node: str, **replicas: Replica) -> Event:
    return NodeSurvey(at_s=at_s, node=node, status=NodeStatus("1", replicas, ()))


def test_replicas_are_connected_and_up_to_date_in_the_last_survey() -> None:
    behind = replace(SIDE, disk="Inconsistent", connection="SyncTarget")
    alone = replace(SIDE, connection="WFConnection", peer_disk="DUnknown")
    ill = [surveyed(150, "bravo", web=behind, shop=SIDE), surveyed(160, "alpha", **BOTH)]
    well = [surveyed(201, node, **BOTH) for node in ("alpha", "bravo")]
    assert list(replicas_healthy(record(ill, recovered(200), well))) == []
    worse = surveyed(202, "alpha", web=alone)
    assert list(replicas_healthy(record(ill, recovered(200), worse))) == [
        "the replica of web on alpha is WFConnection UpToDate/DUnknown",
        "alpha has no replica of shop",
        "the replica of web on bravo is SyncTarget Inconsistent/UpToDate",
    ]


def test_the_arbitrator_holds_no_replica() -> None:
    assert list(replicas_healthy(record(recovered(200), surveyed(201, "arbiter")))) == []


def test_copies_that_differ_are_a_breach_whether_or_not_the_cluster_recovered() -> None:
    assert list(copies_equal(record(copies(205)))) == []
    assert list(copies_equal(record(copies(205, web=0)))) == [
        "web: its disk's copies differ at byte 0"
    ]
    assert list(copies_equal(record(copies(200, web=4096), copies(205)))) == []
