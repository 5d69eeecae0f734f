"""One frozen snapshot: what runs where, what is well, and how it reads."""

from dataclasses import replace

import pytest

from harness.cluster.status import ClusterStatus
from harness.plan.plan import Plan
from harness.record.status import Member, Pacemaker, Replica, Resource
from suites.selftest.views import IN_ORDER, changed, healthy, seen, silent, started

WEB_UP = started("web", "alpha")


@pytest.fixture
def status(plan: Plan) -> ClusterStatus:
    """All is well: alpha is the DC and runs web, bravo runs shop."""
    return healthy(plan)


def test_only_nodes_that_answered_are_reachable(status: ClusterStatus) -> None:
    assert list(silent(status, "bravo").reachable) == ["alpha", "arbiter"]


def test_a_guest_runs_where_its_process_is(status: ClusterStatus) -> None:
    assert status.running("web") == ("alpha",)
    assert changed(status, "bravo", guests=("shop", "web")).running("web") == ("alpha", "bravo")
    assert silent(status, "alpha").running("web") == ()


def test_a_primary_is_where_the_replica_says_so(status: ClusterStatus) -> None:
    assert status.primaries("shop") == ("bravo",)
    assert changed(status, "bravo", replicas={}).primaries("shop") == ()


@pytest.mark.parametrize(
    ("side", "good"),
    [
        (Replica("Primary", "UpToDate", "Connected", "UpToDate"), True),
        (Replica("Secondary", "UpToDate", "Connected", "UpToDate"), True),
        (Replica("Primary", "UpToDate", "Connected", "Inconsistent"), False),
        (Replica("Primary", "Diskless", "Connected", "UpToDate"), False),
        (Replica("Primary", "UpToDate", "WFConnection", "UpToDate"), False),
        (Replica(), False),
    ],
)
def test_a_replica_is_healthy_on_both_sides_or_not_at_all(side: Replica, good: bool) -> None:
    assert side.healthy is good


@pytest.mark.parametrize(
    ("member", "good"),
    [
        (IN_ORDER, True),
        (replace(IN_ORDER, standby=True, maintenance=True), True),
        (replace(IN_ORDER, online=False), False),
        (replace(IN_ORDER, unclean=True), False),
        (replace(IN_ORDER, pending=True), False),
    ],
    ids=["in order", "put aside", "offline", "unclean", "pending"],
)
def test_a_member_is_well_when_it_is_fully_there(member: Member, good: bool) -> None:
    assert member.well is good


@pytest.mark.parametrize("role", ["Started", "Stopped", "Promoted", "Unpromoted"])
def test_a_resource_at_rest_is_not_busy(role: str) -> None:
    assert not replace(WEB_UP, role=role).busy


@pytest.mark.parametrize(
    "doing",
    [
        replace(WEB_UP, role="Starting"),
        replace(WEB_UP, role="Stopping"),
        replace(WEB_UP, role="Migrating"),
        replace(WEB_UP, pending="Promoting"),
    ],
    ids=["starting", "stopping", "migrating", "promoting"],
)
def test_a_resource_that_something_is_done_with_is_busy(doing: Resource) -> None:
    assert doing.busy


def test_a_snapshot_reads_as_one_line(status: ClusterStatus) -> None:
    assert str(silent(status, "alpha")) == (
        "DC alpha, online alpha,bravo,arbiter, busy nothing; "
        "alpha: no answer; "
        "bravo: runs shop, shop Primary/UpToDate/Connected, web Secondary/UpToDate/Connected; "
        "arbiter: runs no guest"
    )


def test_what_is_amiss_is_in_the_line(status: ClusterStatus) -> None:
    doctored = seen(
        status,
        members={**status.view.members, "bravo": replace(IN_ORDER, online=False)},
        resources=(Resource("web", "Stopping", ("alpha",), failed=False, managed=True),),
        failures=("web_stop_0 on alpha: timed out", "ping_monitor_0 on bravo: error"),
    )
    assert str(doctored).startswith(
        "DC alpha, online alpha,arbiter, busy web Stopping, failed: "
        "web_stop_0 on alpha: timed out / ping_monitor_0 on bravo: error; alpha: "
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"maintenance": True}, "in maintenance: all"),
        (
            {"members": {"alpha": IN_ORDER, "bravo": replace(IN_ORDER, maintenance=True)}},
            "in maintenance: bravo",
        ),
        ({"resources": (WEB_UP, replace(WEB_UP, managed=False))}, "unmanaged: web"),
        ({"resources": (WEB_UP, replace(WEB_UP, blocked=True))}, "blocked: web"),
    ],
    ids=["all in maintenance", "one in maintenance", "unmanaged", "blocked"],
)
def test_what_the_cluster_may_not_act_on_is_in_the_line(
    status: ClusterStatus, changes: dict[str, object], words: str
) -> None:
    first, _, _ = str(seen(status, **changes, failures=("web_stop_0",))).partition("; ")
    assert first.endswith(f", busy nothing, {words}, failed: web_stop_0")


def test_a_cluster_that_nobody_tells_of_reads_as_such() -> None:
    said = str(ClusterStatus({"alpha": None}, Pacemaker()))
    assert said == "DC None, online nobody, busy nothing; alpha: no answer"
