"""A cluster is settled when nothing is left to do; any one thing amiss is enough, and is named."""

from dataclasses import replace

import pytest

from harness.cluster.conditions import Condition, every, settled
from harness.cluster.status import ClusterStatus
from harness.plan.load import load
from suites.selftest.views import IN_ORDER, changed, healthy, replica, seen, silent, started

PLAN = load()
HEALTHY = healthy(PLAN)
YES = Condition("yes", lambda _: True)
NO = Condition("no", lambda _: False)
ONLINE = "alpha, bravo, arbiter are online"
UNDER_CONTROL = "nothing is in maintenance, unmanaged or blocked"


def test_a_healthy_cluster_lacks_nothing() -> None:
    assert settled(PLAN).holds(HEALTHY)
    assert settled(PLAN).lacking(HEALTHY) == []


def test_a_guest_may_run_away_from_home() -> None:
    moved = changed(HEALTHY, "alpha", guests=())
    moved = changed(moved, "bravo", guests=("shop", "web"))
    moved = replica(moved, "alpha", "web", role="Secondary")
    assert settled(PLAN).holds(replica(moved, "bravo", "web", role="Primary"))


@pytest.mark.parametrize(
    ("status", "lacking"),
    [
        (silent(HEALTHY, "arbiter"), [ONLINE]),
        (
            seen(
                HEALTHY, members={**HEALTHY.view.members, "bravo": replace(IN_ORDER, pending=True)}
            ),
            [ONLINE],
        ),
        (
            seen(HEALTHY, resources=(replace(started("web", "alpha"), role="Stopping"),)),
            ["no transition is pending"],
        ),
        (seen(HEALTHY, maintenance=True), [UNDER_CONTROL]),
        (
            seen(
                HEALTHY,
                members={**HEALTHY.view.members, "arbiter": replace(IN_ORDER, maintenance=True)},
            ),
            [UNDER_CONTROL],
        ),
        (
            seen(HEALTHY, resources=(replace(started("web", "alpha"), managed=False),)),
            [UNDER_CONTROL],
        ),
        (
            seen(HEALTHY, resources=(replace(started("web", "alpha"), blocked=True),)),
            [UNDER_CONTROL],
        ),
        (
            replica(HEALTHY, "bravo", "web", disk="Inconsistent"),
            ["the replicas of web are up to date"],
        ),
        (changed(HEALTHY, "alpha", guests=()), ["web runs once, on its primary"]),
        (changed(HEALTHY, "bravo", guests=("shop", "web")), ["web runs once, on its primary"]),
        (
            replica(HEALTHY, "alpha", "web", role="Secondary"),
            ["the replicas of web are up to date", "web runs once, on its primary"],
        ),
    ],
    ids=[
        "a node is silent",
        "a node is on its way",
        "a transition is pending",
        "the cluster is in maintenance",
        "a node is in maintenance",
        "a resource is unmanaged",
        "a resource is blocked",
        "a replica is behind",
        "a guest is down",
        "a guest runs twice",
        "a guest has no primary",
    ],
)
def test_what_is_amiss_is_named(status: ClusterStatus, lacking: list[str]) -> None:
    assert not settled(PLAN).holds(status)
    assert settled(PLAN).lacking(status) == lacking


@pytest.mark.parametrize(
    ("parts", "lacking"),
    [
        (YES, []),
        (NO, ["no"]),
        (YES & NO, ["no"]),
        (NO & YES, ["no"]),
        (NO & NO, ["no", "no"]),
        (every("all", [YES, NO & YES]), ["no"]),
        (every("all", []), []),
    ],
    ids=str,
)
def test_a_composed_condition_lacks_what_its_innermost_parts_lack(
    parts: Condition, lacking: list[str]
) -> None:
    assert parts.lacking(HEALTHY) == lacking
    assert parts.holds(HEALTHY) is not bool(lacking)
