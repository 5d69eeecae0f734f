"""The cluster as a test sees it: asked at once, noted, waited for, and who is who."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from harness.cluster.cluster import POLL, Broken, Cluster
from harness.cluster.conditions import Condition, nobody_fenced_but
from harness.record.status import NodeStatus, Pacemaker
from harness.plan import NodePlan, Plan
from harness.record.timeline import Timeline
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock, FakeLab

NOBODY = "boot 1\n"
WEB = "boot 2\nqemu guest=web\n"
QUORATE = """<pacemaker-result><summary><current_dc present="true" name="{0}" with_quorum="true"/>
</summary></pacemaker-result>"""
ALONE = QUORATE.replace('with_quorum="true"', 'with_quorum="false"')


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def cluster(lab: FakeLab, timeline: Timeline) -> Cluster:
    """A quorate cluster whose nodes run no guest, but for web on alpha."""
    lab.shell.answer("boot_id", NOBODY)
    lab.shell.answer("boot_id", WEB, on="alpha")
    lab.shell.answer("^crm_mon", QUORATE.format("alpha"))
    return Cluster(lab, timeline)


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
    noted = {event.detail["node"]: event for event in timeline.events() if event.kind != "view"}
    assert noted["alpha"].kind == "status"
    assert noted["alpha"].detail["guests"] == ("web",)
    assert noted["bravo"].detail == {"node": "bravo", "blind": "no power"}
    assert "does not answer" in noted["arbiter"].detail["blind"]


def test_what_is_noted_can_be_written(cluster: Cluster, tmp_path: Path) -> None:
    cluster.timeline = Timeline(tmp_path / "timeline.jsonl")
    cluster.status()
    cluster.timeline.close()
    assert len((tmp_path / "timeline.jsonl").read_text().splitlines()) == 4


def asked_for_a_view(lab: FakeLab) -> list[str]:
    return [name for name, command in lab.shell.asked if command.startswith("crm_mon")]


def test_the_arbitrators_view_is_enough(cluster: Cluster, lab: FakeLab, timeline: Timeline) -> None:
    assert cluster.status().view.dc == "alpha"
    assert asked_for_a_view(lab) == ["arbiter"]
    [event] = timeline.events("view")
    assert (event.detail["node"], event.detail["dc"]) == ("arbiter", "alpha")


@pytest.mark.parametrize("said", ["", ALONE.format("arbiter")], ids=["nothing", "no quorum"])
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
    lab.shell.answer("^crm_mon", ALONE.format("alpha"))
    assert cluster.status().view == Pacemaker()
    assert asked_for_a_view(lab) == ["arbiter", "alpha", "bravo"]
    assert not timeline.events("view")


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


def test_the_snapshot_that_met_the_condition_is_returned(
    cluster: Cluster, timeline: Timeline
) -> None:
    seen = cluster.wait_until(nobody_fenced_but(), within=timedelta())
    assert seen.running("web") == ("alpha",)
    assert timeline.events("condition")[0].detail == {"sentence": "nobody is fenced"}


@pytest.mark.usefixtures("clock")
def test_a_wait_that_fails_tells_the_last_snapshot(cluster: Cluster) -> None:
    never = Condition("pigs fly", lambda _: False)
    with pytest.raises(Timeout, match=r"^not in 30 s: pigs fly; last seen: DC alpha"):
        cluster.wait_until(never, within=6 * POLL)
    assert not cluster.timeline.events("condition")


def test_what_holds_is_looked_at_until_the_end(cluster: Cluster, clock: FakeClock) -> None:
    looks: list[float] = []
    watched = Condition("it is quiet", lambda _: not looks.append(clock.now_s))
    cluster.holds(watched, throughout=5 * POLL)
    assert len(looks) == 6
    assert looks[-1] - looks[0] == 5 * POLL.total_seconds()


def test_what_stops_holding_is_told_at_once(cluster: Cluster, clock: FakeClock) -> None:
    end = clock.now_s + 2 * POLL.total_seconds()
    quiet = Condition("it is quiet", lambda _: clock.now_s < end)
    with pytest.raises(Broken, match=r"^did not hold: it is quiet; seen: DC alpha"):
        cluster.holds(quiet, throughout=timedelta(minutes=5))
    assert clock.now_s == end


def test_expected_noise_is_noted_with_its_reason(cluster: Cluster, timeline: Timeline) -> None:
    cluster.expects(r"^kernel: I/O error, dev vdb", "its backing device is gone")
    (said,) = timeline.events("expected")
    assert said.detail == {
        "pattern": r"^kernel: I/O error, dev vdb",
        "why": "its backing device is gone",
    }


def test_expected_noise_is_a_pattern_or_refused_at_once(cluster: Cluster) -> None:
    with pytest.raises(re.error):
        cluster.expects("(", "a slip of the pen")
