"""The cluster as a test sees it: asked at once, noted, waited for, and who is who."""

import re
from pathlib import Path

import pytest

from harness.cluster.cluster import Broken, Cluster
from harness.plan.plan import NodePlan, Plan
from harness.record.events import (
    EVENT,
    Blind,
    ClusterView,
    DomainChange,
    ExpectedError,
    FencingAllowed,
    KnownGap,
    NodeSurvey,
)
from harness.record.status import NodeStatus, Pacemaker
from harness.record.timeline import Timeline
from suites.selftest.answers import ALONE, WEB, answer
from suites.selftest.fake_lab import FakeLab


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def cluster(lab: FakeLab, timeline: Timeline) -> Cluster:
    """A quorate cluster whose nodes run no guest, but for web on alpha."""
    answer(lab)
    return Cluster(lab, timeline)


def test_the_ends_of_a_guest_are_those_that_libvirt_saw(
    cluster: Cluster, timeline: Timeline, plan: Plan
) -> None:
    for guest, detail in (
        ("web", "Started Booted"),
        ("web", "Stopped Shutdown"),
        ("shop", "Stopped Destroyed"),
    ):
        timeline.note(
            DomainChange(node="alpha", boot="1", guest=guest, event="lifecycle", detail=detail)
        )
    assert cluster.ends_of(plan.guests["web"]) == ["Stopped Shutdown"]


def test_a_fencing_that_a_test_allows_ends_no_wait(
    cluster: Cluster, timeline: Timeline, plan: Plan
) -> None:
    cluster.allow_fencing(plan.nodes["bravo"], "its guest cannot be stopped")
    [allowed] = timeline.of(FencingAllowed)
    assert (allowed.node, allowed.why) == ("bravo", "its guest cannot be stopped")


def test_every_node_is_asked_once(cluster: Cluster, lab: FakeLab) -> None:
    assert list(cluster.status().reachable) == ["alpha", "bravo", "arbiter"]
    surveyed = [name for name, command in lab.shell.asked if "boot_id" in command]
    assert sorted(surveyed) == ["alpha", "arbiter", "bravo"]


def test_a_node_without_power_is_not_asked(cluster: Cluster, lab: FakeLab) -> None:
    lab.hypervisor.power_off("bravo")
    assert cluster.status().nodes["bravo"] is None
    assert "bravo" not in dict(lab.shell.asked)


def test_a_node_that_does_not_answer_is_none(cluster: Cluster, lab: FakeLab) -> None:
    lab.shell.silent.add("alpha")
    assert cluster.status().nodes["alpha"] is None


def test_each_answer_and_each_gap_is_an_event(
    cluster: Cluster, lab: FakeLab, timeline: Timeline
) -> None:
    lab.shell.silent.add("arbiter")
    lab.hypervisor.power_off("bravo")
    cluster.status()
    [answer] = timeline.of(NodeSurvey)
    assert (answer.node, answer.status) == ("alpha", NodeStatus("2", {}, ("web",)))
    gaps = {gap.part: gap for gap in timeline.of(Blind)}
    assert {gap.observer for gap in gaps.values()} == {"survey"}
    assert sorted(gaps) == ["arbiter", "bravo"]
    assert gaps["bravo"].reason == "no power"
    assert "does not answer" in gaps["arbiter"].reason


def test_what_is_noted_is_read_back_as_it_was(cluster: Cluster, tmp_path: Path) -> None:
    cluster.timeline = Timeline(tmp_path / "timeline.jsonl")
    status = cluster.status()
    lines = (tmp_path / "timeline.jsonl").read_bytes().splitlines()
    cluster.timeline.close()
    stored = [EVENT.validate_json(line) for line in lines]
    surveys = {event.node: event.status for event in stored if isinstance(event, NodeSurvey)}
    assert surveys == status.nodes
    assert [event.view for event in stored if isinstance(event, ClusterView)] == [status.view]


def asked_for_a_view(lab: FakeLab) -> list[str]:
    return [name for name, command in lab.shell.asked if command.startswith("crm_mon")]


def test_the_arbitrators_view_is_enough(cluster: Cluster, lab: FakeLab, timeline: Timeline) -> None:
    assert cluster.status().view.dc == "alpha"
    assert asked_for_a_view(lab) == ["arbiter"]
    [event] = timeline.of(ClusterView)
    assert (event.node, event.view.dc) == ("arbiter", "alpha")


@pytest.mark.parametrize("said", ["", ALONE.format("arbiter", "")], ids=["nothing", "no quorum"])
def test_another_node_is_asked_when_one_has_no_quorate_view(
    cluster: Cluster, lab: FakeLab, said: str
) -> None:
    lab.shell.answer("^crm_mon", said, on="arbiter")
    assert cluster.status().view.dc == "alpha"
    assert asked_for_a_view(lab) == ["arbiter", "alpha"]


def test_a_node_that_did_not_answer_is_not_asked_for_its_view(
    cluster: Cluster, lab: FakeLab
) -> None:
    lab.shell.silent.add("arbiter")
    assert cluster.status().view.dc == "alpha"
    assert asked_for_a_view(lab) == ["alpha"]


def test_a_node_that_goes_silent_in_between_has_no_view(
    cluster: Cluster, lab: FakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = Cluster._survey

    def last_word(self: Cluster, node: NodePlan) -> NodeStatus | None:
        said = survey(self, node)
        lab.shell.silent.add(node.name)
        return said

    monkeypatch.setattr(Cluster, "_survey", last_word)
    status = cluster.status()
    assert len(status.reachable) == 3
    assert status.view == Pacemaker()


def test_without_a_quorate_node_the_view_is_empty(
    cluster: Cluster, lab: FakeLab, timeline: Timeline
) -> None:
    lab.shell.answer("^crm_mon", ALONE.format("alpha", ""))
    assert cluster.status().view == Pacemaker()
    assert asked_for_a_view(lab) == ["arbiter", "alpha", "bravo"]
    assert not timeline.knows(ClusterView)


def test_a_guest_has_one_host(cluster: Cluster, plan: Plan) -> None:
    assert cluster.host_of(plan.guests["web"]) == plan.nodes["alpha"]


@pytest.mark.parametrize(("name", "where"), [("shop", "no node"), ("web", "alpha and bravo")])
def test_a_guest_without_one_host_is_a_broken_promise(
    cluster: Cluster, lab: FakeLab, plan: Plan, name: str, where: str
) -> None:
    lab.shell.answer("boot_id", WEB, on="bravo")
    with pytest.raises(Broken, match=f"^{name} runs on {where}: DC alpha"):
        cluster.host_of(plan.guests[name])


def test_roles_are_asked_for_not_names(cluster: Cluster, plan: Plan) -> None:
    one, other = plan.data_nodes
    assert (cluster.peer_of(one), cluster.peer_of(other)) == (other, one)
    assert cluster.arbitrator == plan.arbitrator
    assert cluster.nodes == tuple(plan.nodes.values())


def test_expected_noise_is_noted_with_its_reason(cluster: Cluster, timeline: Timeline) -> None:
    cluster.expects(r"^kernel: I/O error, dev vdb", "its backing device is gone")
    [noise] = timeline.of(ExpectedError)
    assert noise.pattern == r"^kernel: I/O error, dev vdb"
    assert noise.why == "its backing device is gone"


def test_expected_noise_is_a_pattern_or_refused_at_once(cluster: Cluster) -> None:
    with pytest.raises(re.error):
        cluster.expects("(", "a slip of the pen")
    assert not cluster.timeline.knows(ExpectedError)


def test_a_known_gap_is_noted_with_its_reason_and_a_remedy(cluster: Cluster) -> None:
    cluster.known_gap("^I4: ", "DRBD holds its writes", "a shorter timeout")
    [gap] = cluster.timeline.of(KnownGap)
    assert (gap.pattern, gap.why, gap.remedy) == (
        "^I4: ",
        "DRBD holds its writes",
        "a shorter timeout",
    )
    with pytest.raises(re.error):
        cluster.known_gap("(", "a slip of the pen", "none")
