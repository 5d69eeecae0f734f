"""A snapshot as a person reads it: nodes, guests, and what is amiss."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from harness.cluster.status import ClusterStatus
from harness.cluster.table import guests_table, nodes_table, remarks
from harness.plan.plan import Plan
from suites.selftest.views import IN_ORDER, changed, healthy, replica, seen, shot, silent

Doctor = Callable[[ClusterStatus], ClusterStatus]
ALL_ON = {"alpha": True, "bravo": True, "arbiter": True}
ALL_SERVE = {"web": True, "shop": True}


@pytest.fixture
def status(plan: Plan) -> ClusterStatus:
    """All is well: alpha is the DC and runs web, bravo runs shop."""
    return healthy(plan)


def rows(table: object) -> dict[str, list[str]]:
    """The cells of each row, by the first one."""
    console = Console(width=160, color_system=None, markup=False)
    with console.capture() as said:
        console.print(table)
    lines = [" ".join(part.split()) for part in said.get().splitlines()]
    return {line.split(" ")[0]: line.split(" ")[1:] for line in lines}


def test_a_healthy_cluster_needs_no_remark(status: ClusterStatus, plan: Plan) -> None:
    assert remarks(plan, status) == ["fencing: none", "failed: nothing", "settled"]


def test_a_node_is_told_with_power_membership_and_boot(status: ClusterStatus) -> None:
    shown = rows(nodes_table(changed(status, "bravo", boot="8be079d4-a804"), ALL_ON))
    assert shown["alpha"][:3] == ["on", "online", "yes"]
    assert shown["bravo"] == ["on", "online", "no", "8be079d4"]


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (replace(IN_ORDER, online=False), "offline"),
        (replace(IN_ORDER, unclean=True), "online, unclean"),
        (replace(IN_ORDER, pending=True), "online, pending"),
        (replace(IN_ORDER, standby=True, maintenance=True), "online, standby, maintenance"),
    ],
    ids=["offline", "unclean", "pending", "put aside"],
)
def test_a_member_that_is_not_well_is_told_in_words(
    status: ClusterStatus, standing: object, said: str
) -> None:
    members = {**status.view.members, "bravo": standing}
    shown = rows(nodes_table(seen(status, members=members), ALL_ON))
    assert " ".join(shown["bravo"]).startswith(f"on {said} no ")


def test_a_node_that_is_off_does_not_answer(status: ClusterStatus) -> None:
    members = {**status.view.members, "bravo": replace(IN_ORDER, online=False, unclean=True)}
    shown = rows(
        nodes_table(silent(seen(status, members=members), "bravo"), {**ALL_ON, "bravo": False})
    )
    assert " ".join(shown["bravo"]) == "off offline, unclean no no answer"


def test_a_guest_is_told_with_its_host_replicas_and_service(
    status: ClusterStatus, plan: Plan
) -> None:
    shown = rows(guests_table(plan, status, {**ALL_SERVE, "shop": False}))
    assert shown["web"] == ["alpha", *["Primary", "UpToDate", "Secondary", "UpToDate"], "yes"]
    assert shown["shop"] == ["bravo", *["Secondary", "UpToDate", "Primary", "UpToDate"], "no"]


def test_a_node_that_pacemaker_does_not_tell_of_is_unknown(status: ClusterStatus) -> None:
    shown = rows(nodes_table(seen(status, members={}), ALL_ON))
    assert shown["alpha"][1] == "unknown"


@pytest.mark.parametrize(
    ("doctor", "said"),
    [
        (lambda s: replica(s, "alpha", "web", connection="WFConnection"), "UpToDate, WFConnection"),
        (lambda s: changed(s, "alpha", replicas={}), "Unknown Unknown, Unknown"),
        (lambda s: silent(s, "alpha"), "no answer"),
    ],
    ids=["not connected", "not there", "no answer"],
)
def test_a_replica_is_told_with_what_is_amiss(
    status: ClusterStatus, plan: Plan, doctor: Doctor, said: str
) -> None:
    assert said in " ".join(rows(guests_table(plan, doctor(status), ALL_SERVE))["web"])


def test_a_guest_that_runs_nowhere_or_twice_is_told_so(status: ClusterStatus, plan: Plan) -> None:
    doctored = changed(silent(status, "bravo"), "arbiter", guests=("web",))
    shown = rows(guests_table(plan, doctored, ALL_SERVE))
    assert shown["shop"][0] == "nowhere"
    assert "arbiter" in " ".join(shown["web"])


def test_what_was_fenced_and_what_failed_is_told(status: ClusterStatus, plan: Plan) -> None:
    doctored = seen(status, fencings=(shot("bravo"),), failures=("web_stop_0 on alpha: error",))
    said = remarks(plan, doctored)
    assert said[0] == "fencing: reboot of bravo, success 2026-01-01 00:00:00Z"
    assert "web_stop_0 on alpha: error" in said[1]


def test_what_is_missing_is_named(status: ClusterStatus, plan: Plan) -> None:
    end = remarks(plan, changed(silent(status, "arbiter"), "bravo", guests=()))[-1]
    assert end.startswith("not settled; missing: alpha, bravo, arbiter are online; ")
    assert end.endswith("shop runs once, on its primary")
