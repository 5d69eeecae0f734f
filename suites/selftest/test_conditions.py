"""Each condition is true of a healthy cluster, or of the one it names, and false of any other."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.cluster.conditions import (
    Condition,
    every,
    fenced,
    idle,
    nobody_fenced_but,
    nothing_failed,
    online,
    runs_on,
    settled,
    stopped_on,
    up_to_date,
)
from harness.cluster.status import ClusterStatus
from harness.plan import Plan, load
from suites.selftest.views import (
    IN_ORDER,
    changed,
    healthy,
    replica,
    seen,
    shot,
    silent,
    started,
)

PLAN = load()
ALPHA, BRAVO, ARBITER = PLAN.nodes.values()
WEB = PLAN.guests["web"]
Doctor = Callable[[ClusterStatus], ClusterStatus]


@pytest.fixture
def status(plan: Plan) -> ClusterStatus:
    """All is well: alpha is the DC and runs web, bravo runs shop."""
    return healthy(plan)


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (fenced(ALPHA), "alpha is fenced"),
        (nobody_fenced_but(), "nobody is fenced"),
        (nobody_fenced_but(BRAVO), "nobody is fenced but bravo"),
        (runs_on(WEB, ALPHA), "web runs on alpha"),
        (stopped_on(WEB, ALPHA), "web does not run on alpha"),
        (online([ALPHA, BRAVO]), "alpha, bravo are online"),
        (up_to_date(WEB), "the replicas of web are up to date"),
        (idle(), "no transition is pending"),
        (nothing_failed(), "nothing has failed"),
        (settled(PLAN), "the cluster is settled"),
        (idle() & nothing_failed(), "no transition is pending, and nothing has failed"),
        (every("all is well", [idle()]), "all is well"),
    ],
    ids=str,
)
def test_a_condition_reads_as_a_sentence(condition: Condition, sentence: str) -> None:
    assert str(condition) == sentence


@pytest.mark.parametrize(
    "condition",
    [
        nobody_fenced_but(),
        runs_on(WEB, ALPHA),
        stopped_on(WEB, BRAVO),
        online(PLAN.nodes.values()),
        up_to_date(WEB),
        idle(),
        nothing_failed(),
        settled(PLAN),
    ],
    ids=str,
)
def test_a_healthy_cluster_meets_it(condition: Condition, status: ClusterStatus) -> None:
    assert condition.holds(status)


@pytest.mark.parametrize(
    ("condition", "doctor"),
    [
        (nobody_fenced_but(BRAVO), lambda s: seen(s, fencings=(shot("alpha"),))),
        (runs_on(WEB, ALPHA), lambda s: changed(s, "alpha", guests=())),
        (runs_on(WEB, ALPHA), lambda s: seen(s, resources=(started("web"),))),
        (runs_on(WEB, ALPHA), lambda s: seen(s, resources=(started("web", "alpha", "bravo"),))),
        (runs_on(WEB, ALPHA), lambda s: seen(s, resources=(started("shop", "alpha"),))),
        (runs_on(WEB, ALPHA), lambda s: silent(s, "alpha")),
        (stopped_on(WEB, BRAVO), lambda s: changed(s, "bravo", guests=("web",))),
        (stopped_on(WEB, BRAVO), lambda s: silent(s, "bravo")),
        (up_to_date(WEB), lambda s: silent(s, "bravo")),
        (up_to_date(WEB), lambda s: replica(s, "bravo", "web", disk="Inconsistent")),
        (up_to_date(WEB), lambda s: replica(s, "alpha", "web", role="Secondary")),
        (up_to_date(WEB), lambda s: replica(s, "bravo", "web", role="Primary")),
        (idle(), lambda s: changed(s, "alpha", controller="S_TRANSITION_ENGINE")),
        (idle(), lambda s: changed(s, "bravo", controller="none")),
        (idle(), lambda s: changed(s, "bravo", controller="S_IDLE")),
        (idle(), lambda s: seen(s, dc=None)),
        (idle(), lambda s: seen(silent(s, "alpha"), dc="alpha")),
        (idle(), lambda s: silent(s, *PLAN.nodes)),
        (nothing_failed(), lambda s: seen(s, failures=("web_start_0 on alpha: error",))),
        (nothing_failed(), lambda s: seen(s, resources=(replace(WEB_UP, failed=True),))),
        (nothing_failed(), lambda s: seen(s, resources=(replace(WEB_UP, managed=False),))),
    ],
)
def test_a_cluster_with_that_defect_does_not(
    condition: Condition, doctor: Doctor, status: ClusterStatus
) -> None:
    assert not condition.holds(doctor(status))


WEB_UP = started("web", "alpha")


@pytest.mark.parametrize("other", ["bravo", "arbiter"])
def test_a_dc_that_is_not_known_to_all_is_not_idle(other: str, status: ClusterStatus) -> None:
    elsewhere = replace(status.view, dc=other)
    assert not idle().holds(changed(status, other, pacemaker=elsewhere))


@pytest.mark.parametrize("doctor", [lambda s: s, lambda s: seen(s, fencings=(shot("bravo"),))])
def test_a_node_is_fenced_only_when_it_was_shot(doctor: Doctor, status: ClusterStatus) -> None:
    assert not fenced(ALPHA).holds(doctor(status))


@pytest.mark.parametrize(("outcome", "done"), [("success", True), ("failed", False)])
def test_a_shot_counts_when_it_succeeded(outcome: str, done: bool, status: ClusterStatus) -> None:
    assert fenced(ALPHA).holds(seen(status, fencings=(shot("alpha", outcome),))) is done


def test_an_allowed_fencing_is_no_news(status: ClusterStatus) -> None:
    assert nobody_fenced_but(ALPHA).holds(seen(status, fencings=(shot("alpha"),)))


@pytest.mark.parametrize(
    "standing",
    [
        None,
        replace(IN_ORDER, online=False),
        replace(IN_ORDER, unclean=True),
        replace(IN_ORDER, pending=True),
    ],
    ids=["unknown", "offline", "unclean", "pending"],
)
def test_one_node_that_sees_another_in_disorder_is_enough(
    standing: object, status: ClusterStatus
) -> None:
    members = {**status.view.members, "bravo": standing}
    known = {name: member for name, member in members.items() if member is not None}
    view = replace(status.view, members=known)
    assert not online(PLAN.nodes.values()).holds(changed(status, "arbiter", pacemaker=view))


def test_a_silent_node_is_not_online(status: ClusterStatus) -> None:
    assert not online([BRAVO]).holds(silent(status, "bravo"))


def test_nodes_that_are_not_named_may_be_offline(status: ClusterStatus) -> None:
    assert online([ALPHA, ARBITER]).holds(silent(status, "bravo"))


@pytest.mark.parametrize(("left", "right"), [(True, False), (False, True), (False, False)])
def test_both_halves_of_a_condition_must_hold(
    left: bool, right: bool, status: ClusterStatus
) -> None:
    both = Condition("left", lambda _: left) & Condition("right", lambda _: right)
    assert not both.holds(status)
    assert not every("all", [both, Condition("yes", lambda _: True)]).holds(status)
