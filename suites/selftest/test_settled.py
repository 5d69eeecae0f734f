"""A cluster is settled when nothing is left to do; any one thing amiss is enough to deny it."""

from dataclasses import replace

import pytest

from harness.cluster.conditions import settled
from harness.plan import load
from suites.selftest.views import IN_ORDER, changed, healthy, replica, seen, silent

PLAN = load()
HEALTHY = healthy(PLAN)


def test_a_healthy_cluster_is_settled() -> None:
    assert settled(PLAN).holds(HEALTHY)


def test_a_guest_may_run_away_from_home() -> None:
    moved = changed(HEALTHY, "alpha", guests=())
    moved = changed(moved, "bravo", guests=("shop", "web"))
    moved = replica(moved, "alpha", "web", role="Secondary")
    assert settled(PLAN).holds(replica(moved, "bravo", "web", role="Primary"))


@pytest.mark.parametrize(
    "status",
    [
        silent(HEALTHY, "arbiter"),
        seen(HEALTHY, members={**HEALTHY.view.members, "bravo": replace(IN_ORDER, pending=True)}),
        changed(HEALTHY, "alpha", controller="S_POLICY_ENGINE"),
        replica(HEALTHY, "bravo", "web", disk="Inconsistent"),
        changed(HEALTHY, "alpha", guests=()),
        changed(HEALTHY, "bravo", guests=("shop", "web")),
        changed(changed(HEALTHY, "alpha", guests=()), "bravo", guests=("shop", "web")),
    ],
    ids=[
        "a node is silent",
        "a node is on its way",
        "a transition is pending",
        "a replica is behind",
        "a guest is down",
        "a guest runs twice",
        "a guest is not on its primary",
    ],
)
def test_one_thing_amiss_and_it_is_not_settled(status: object) -> None:
    assert not settled(PLAN).holds(status)
