"""Each condition is true of a healthy cluster, or of the one it names, and false of any other."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.cluster.conditions import (
    Condition,
    dc_among,
    disconnected,
    every,
    fenced,
    idle,
    nobody_fenced_but,
    not_fenced,
    nothing_failed,
    offline,
    online,
    placed,
    runs_on,
    settled,
    stopped_on,
    under_control,
    up_to_date,
)
from harness.cluster.status import ClusterStatus
from harness.plan.load import load
from harness.plan.plan import Plan
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
WEB_UP = started("web", "alpha")
AWAY = replace(IN_ORDER, online=False)
ASIDE = replace(IN_ORDER, maintenance=True)
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
        (nobody_fenced_but(ALPHA, BRAVO), "nobody is fenced but alpha and bravo"),
        (runs_on(WEB, ALPHA), "web runs on alpha"),
        (stopped_on(WEB, BRAVO), "web is stopped on bravo"),
        (online([ALPHA, BRAVO]), "alpha, bravo are online"),
        (up_to_date(WEB), "the replicas of web are up to date"),
        (placed(WEB), "web runs once, on its primary"),
        (idle(), "no transition is pending"),
        (nothing_failed(), "nothing has failed"),
        (under_control(), "nothing is in maintenance, unmanaged or blocked"),
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
        placed(WEB),
        idle(),
        nothing_failed(),
        under_control(),
        settled(PLAN),
    ],
    ids=str,
)
def test_a_healthy_cluster_meets_it(condition: Condition, status: ClusterStatus) -> None:
    assert condition.holds(status)


@pytest.mark.parametrize(
    ("condition", "doctor"),
    [
        (fenced(ALPHA), lambda s: s),
        (fenced(ALPHA), lambda s: seen(s, fencings=(shot("bravo"),))),
        (fenced(ALPHA), lambda s: seen(s, fencings=(shot("alpha", "failed"),))),
        (nobody_fenced_but(BRAVO), lambda s: seen(s, fencings=(shot("alpha"), shot("bravo")))),
        (runs_on(WEB, ALPHA), lambda s: changed(s, "alpha", guests=())),
        (runs_on(WEB, ALPHA), lambda s: seen(s, resources=(started("web"),))),
        (runs_on(WEB, ALPHA), lambda s: seen(s, resources=(started("web", "alpha", "bravo"),))),
        (runs_on(WEB, ALPHA), lambda s: seen(s, resources=(started("shop", "alpha"),))),
        (runs_on(WEB, ALPHA), lambda s: silent(s, "alpha")),
        (stopped_on(WEB, BRAVO), lambda s: silent(s, "bravo")),
        (stopped_on(WEB, BRAVO), lambda s: changed(s, "bravo", guests=("shop", "web"))),
        (online([ALPHA, BRAVO]), lambda s: silent(s, "bravo")),
        (online([ALPHA, BRAVO]), lambda s: seen(s, members={"alpha": IN_ORDER})),
        (online([ALPHA, BRAVO]), lambda s: seen(s, members={"alpha": IN_ORDER, "bravo": AWAY})),
        (up_to_date(WEB), lambda s: silent(s, "bravo")),
        (up_to_date(WEB), lambda s: replica(s, "bravo", "web", disk="Inconsistent")),
        (up_to_date(WEB), lambda s: replica(s, "alpha", "web", role="Secondary")),
        (up_to_date(WEB), lambda s: replica(s, "bravo", "web", role="Primary")),
        (placed(WEB), lambda s: changed(s, "alpha", guests=())),
        (placed(WEB), lambda s: changed(s, "bravo", guests=("shop", "web"))),
        (placed(WEB), lambda s: replica(s, "alpha", "web", role="Secondary")),
        (placed(WEB), lambda s: replica(s, "bravo", "web", role="Primary")),
        (idle(), lambda s: seen(s, resources=(replace(WEB_UP, role="Starting"),))),
        (idle(), lambda s: seen(s, quorate=False)),
        (idle(), lambda s: seen(s, dc=None)),
        (nothing_failed(), lambda s: seen(s, failures=("web_start_0 on alpha: error",))),
        (nothing_failed(), lambda s: seen(s, resources=(replace(WEB_UP, failed=True),))),
        (nothing_failed(), lambda s: seen(s, resources=(replace(WEB_UP, managed=False),))),
        (under_control(), lambda s: seen(s, maintenance=True)),
        (under_control(), lambda s: seen(s, members={**s.view.members, "arbiter": ASIDE})),
        (under_control(), lambda s: seen(s, resources=(WEB_UP, replace(WEB_UP, managed=False)))),
        (under_control(), lambda s: seen(s, resources=(WEB_UP, replace(WEB_UP, blocked=True)))),
    ],
)
def test_a_cluster_with_that_defect_does_not(
    condition: Condition, doctor: Doctor, status: ClusterStatus
) -> None:
    assert not condition.holds(doctor(status))


def test_a_node_is_not_fenced_by_an_attempt_that_failed(status: ClusterStatus) -> None:
    assert not_fenced(ALPHA).holds(seen(status, fencings=(shot("alpha", "failed"),)))
    assert not_fenced(ALPHA).holds(seen(status, fencings=(shot("bravo"),)))
    assert not not_fenced(ALPHA).holds(seen(status, fencings=(shot("alpha"),)))


def test_the_controller_is_on_one_of_some_nodes(status: ClusterStatus) -> None:
    assert dc_among([ALPHA, BRAVO]).holds(seen(status, dc="bravo"))
    assert not dc_among([ALPHA]).holds(seen(status, dc="bravo"))
    assert not dc_among([ALPHA]).holds(seen(status, dc=None))


def test_a_known_node_that_is_no_member_is_offline(status: ClusterStatus) -> None:
    assert offline(BRAVO).holds(seen(status, members={"bravo": AWAY}))
    assert not offline(BRAVO).holds(seen(status, members={}))
    assert not offline(BRAVO).holds(seen(status, members={"bravo": IN_ORDER}))


def test_replicas_are_disconnected_if_none_of_those_seen_is_connected(
    status: ClusterStatus,
) -> None:
    assert not disconnected(WEB).holds(status)
    one = replica(status, "bravo", "web", disk="Outdated")
    assert not disconnected(WEB).holds(one)
    assert disconnected(WEB).holds(silent(one, "alpha"))
    assert not disconnected(WEB).holds(silent(silent(one, "alpha"), "bravo"))


def test_a_node_that_was_shot_is_fenced(status: ClusterStatus) -> None:
    history = (shot("bravo", "failed"), shot("alpha"))
    assert fenced(ALPHA).holds(seen(status, fencings=history))


def test_a_node_that_was_shot_once_is_not_fenced_twice(status: ClusterStatus) -> None:
    twice = fenced(ALPHA, times=2)
    assert twice.sentence == "alpha is fenced 2 times"
    assert not twice.holds(seen(status, fencings=(shot("alpha"), shot("alpha", "failed"))))
    assert twice.holds(seen(status, fencings=(shot("alpha"), shot("bravo"), shot("alpha"))))


def test_an_allowed_fencing_is_no_news(status: ClusterStatus) -> None:
    assert nobody_fenced_but(ALPHA).holds(seen(status, fencings=(shot("alpha"),)))


def test_nodes_that_are_not_named_may_be_away(status: ClusterStatus) -> None:
    members = {**status.view.members, "bravo": AWAY}
    assert online([ALPHA, ARBITER]).holds(silent(seen(status, members=members), "bravo"))
