"""Waiting for the cluster: until it is so, in vain, no longer than it can come; and absence."""

from datetime import timedelta

import pytest

from harness.cluster.cluster import POLL, Broken, Cluster
from harness.cluster.conditions import Condition, nobody_fenced_but
from harness.cluster.status import ClusterStatus
from harness.record.events import ConditionMet, Opened
from harness.record.timeline import Timeline
from harness.waiting import Impossible, Timeout
from suites.selftest.answers import answer, fenced
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeClock
from suites.selftest.records import fault, opened

NEVER = Condition("pigs fly", lambda _: False)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def cluster(lab: FakeLab, timeline: Timeline) -> Cluster:
    """A quorate cluster whose nodes run no guest, but for web on alpha."""
    answer(lab)
    return Cluster(lab, timeline)


def test_the_snapshot_that_met_the_condition_is_returned(
    cluster: Cluster, timeline: Timeline
) -> None:
    seen = cluster.wait_until(nobody_fenced_but(), within=timedelta())
    assert seen.running("web") == ("alpha",)
    assert [met.sentence for met in timeline.of(ConditionMet)] == ["nobody is fenced"]


def test_the_scheduler_tells_whether_pacemaker_has_nothing_left_to_do(
    cluster: Cluster, lab: FakeLab
) -> None:
    lab.shell.answer("^crm_resource --wait --timeout=60s$")
    cluster.wait_for_pacemaker(within=timedelta(minutes=1))
    assert lab.shell.asked[-1][0] == cluster.arbitrator.name
    lab.shell.answer("^crm_resource --wait", code=62, stderr="Pending actions:\n")
    with pytest.raises(Timeout, match=r"Pacemaker has nothing left to do; Pending actions:$"):
        cluster.wait_for_pacemaker(within=timedelta(minutes=1))


@pytest.mark.usefixtures("clock")
def test_a_wait_that_fails_tells_the_last_snapshot(cluster: Cluster) -> None:
    with pytest.raises(Timeout, match=r"^not in 30 s: pigs fly; last seen: DC alpha"):
        cluster.wait_until(NEVER, within=6 * POLL)
    assert not cluster.timeline.knows(ConditionMet)


@pytest.mark.parametrize(
    ("targets", "named"),
    [
        (["bravo"], "bravo was fenced"),
        (["alpha", "bravo"], "bravo was fenced"),
        (["bravo", "arbiter"], "arbiter and bravo were fenced"),
    ],
    ids=["a stranger", "a stranger besides", "two strangers"],
)
def test_a_wait_ends_when_a_node_was_fenced_that_no_fault_intended(
    cluster: Cluster,
    lab: FakeLab,
    timeline: Timeline,
    clock: FakeClock,
    targets: list[str],
    named: str,
) -> None:
    timeline.note(opened())
    timeline.note(fault(5, "alpha"))
    clock.after(2 * POLL.total_seconds(), lambda: fenced(lab, *targets))
    begin = clock.now_s
    with pytest.raises(
        Impossible, match=f"^pigs fly: has become impossible, {named}, no fault intended it; "
    ):
        cluster.wait_until(NEVER, within=6 * POLL)
    assert clock.now_s == begin + 2 * POLL.total_seconds()


@pytest.mark.usefixtures("clock")
def test_a_wait_goes_on_when_the_nodes_fenced_are_those_of_any_fault(
    cluster: Cluster, lab: FakeLab, timeline: Timeline
) -> None:
    timeline.note(opened())
    timeline.note(fault(5, "alpha"))
    timeline.note(fault(9, "bravo"))
    fenced(lab, "alpha", "bravo")
    with pytest.raises(Timeout):
        cluster.wait_until(NEVER, within=6 * POLL)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("status", ["failed", "pending"])
def test_a_wait_goes_on_when_fencing_did_not_succeed(
    cluster: Cluster, lab: FakeLab, timeline: Timeline, status: str
) -> None:
    timeline.note(opened())
    fenced(lab, "bravo", status=status)
    with pytest.raises(Timeout):
        cluster.wait_until(NEVER, within=6 * POLL)


@pytest.mark.usefixtures("clock")
def test_a_fault_without_fencing_means_nobody(
    cluster: Cluster, lab: FakeLab, timeline: Timeline
) -> None:
    timeline.note(opened())
    timeline.note(fault(5, "alpha").model_copy(update={"may_be_fenced": ()}))
    fenced(lab, "alpha")
    with pytest.raises(Impossible, match="alpha was fenced, no fault intended it"):
        cluster.wait_until(NEVER, within=timedelta(minutes=5))


@pytest.mark.usefixtures("clock")
def test_what_has_come_true_already_is_not_impossible(
    cluster: Cluster, lab: FakeLab, timeline: Timeline
) -> None:
    timeline.note(opened())
    fenced(lab, "bravo")
    seen = cluster.wait_until(Condition("it is so", lambda _: True), within=timedelta())
    assert [f.target for f in seen.view.fencings] == ["bravo"]


@pytest.mark.usefixtures("clock")
def test_while_the_cluster_is_built_a_node_may_be_fenced(
    cluster: Cluster, lab: FakeLab, timeline: Timeline
) -> None:
    assert not timeline.knows(Opened)
    fenced(lab, "bravo")
    with pytest.raises(Timeout):
        cluster.wait_until(NEVER, within=6 * POLL)


def test_what_holds_is_looked_at_until_the_end(cluster: Cluster, clock: FakeClock) -> None:
    looks: list[float] = []

    def quiet(_: ClusterStatus) -> bool:
        looks.append(clock.now_s)
        return True

    cluster.holds(Condition("it is quiet", quiet), throughout=5 * POLL)
    assert len(looks) == 6
    assert looks[-1] - looks[0] == 5 * POLL.total_seconds()


def test_what_stops_holding_is_told_at_once(cluster: Cluster, clock: FakeClock) -> None:
    end = clock.now_s + 2 * POLL.total_seconds()
    quiet = Condition("it is quiet", lambda _: clock.now_s < end)
    with pytest.raises(Broken, match=r"^did not hold: it is quiet; seen: DC alpha"):
        cluster.holds(quiet, throughout=timedelta(minutes=5))
    assert clock.now_s == end
