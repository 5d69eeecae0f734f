"""A silent node's agent is started anew."""

import time
from collections.abc import Callable

import pytest

from harness.observe.agents import NodeAgents
from harness.record.events import AgentStarted, Blind, Failure
from harness.record.timeline import Timeline
from suites.selftest.agents.nodes import STARTED, AgentShell, ended, nodes_queried
from suites.selftest.fake_lab import FakeLab

Keep = Callable[[str], None]


@pytest.fixture
def keep(agents: NodeAgents, lab: FakeLab, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """The keeper's round for a node, once, a moment after alpha was heard; bravo never was."""
    agents._socket.bind(("127.77.0.1", 0))
    agents._last_line_s["alpha"] = time.monotonic()
    agents._last_line_s["bravo"] = float("-inf")

    def keep(name: str) -> None:
        rounds = iter([False, True])
        with monkeypatch.context() as patch:
            patch.setattr(agents._end, "wait", lambda _: next(rounds))
            agents._keep_running(lab.plan.nodes[name])

    return keep


def test_a_silent_nodes_agent_is_started_anew_and_then_left_alone(
    keep: Keep, shell: AgentShell, timeline: Timeline
) -> None:
    for name in ("alpha", "bravo", "bravo"):
        keep(name)
    assert nodes_queried(shell, STARTED) == ["bravo"]
    assert [(e.node, e.boot) for e in timeline.of(AgentStarted)] == [("bravo", "boot-of-bravo")]


def test_a_node_without_power_is_out_of_sight_and_not_asked(
    keep: Keep, lab: FakeLab, timeline: Timeline, shell: AgentShell
) -> None:
    lab.hypervisor.power_off("bravo")
    keep("bravo")
    [gap] = timeline.of(Blind)
    assert (gap.part, gap.reason) == ("bravo", "bravo: no power")
    assert nodes_queried(shell, "") == []


def test_when_the_lab_has_ended_the_keeper_ends_too(
    agents: NodeAgents, lab: FakeLab, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab.hypervisor, "is_running", ended)
    monkeypatch.setattr(agents._end, "wait", lambda _: False)
    agents._last_line_s["bravo"] = float("-inf")
    agents._keep_running(lab.plan.nodes["bravo"])
    assert [gap.reason for gap in timeline.of(Blind)] == ["the lab has ended"]
    assert not timeline.knows(Failure)


def test_a_node_that_has_nothing_to_answer_is_out_of_sight(
    keep: Keep, timeline: Timeline, shell: AgentShell
) -> None:
    shell.answer(STARTED, "\n")
    keep("bravo")
    assert [gap.reason for gap in timeline.of(Blind)] == ["bravo: did not report its time"]


def test_a_gap_is_noted_once_for_each_reason_however_often_the_node_is_tried(
    keep: Keep, lab: FakeLab, agents: NodeAgents, timeline: Timeline, shell: AgentShell
) -> None:
    shell.silent.add("bravo")
    keep("bravo")
    keep("bravo")
    lab.hypervisor.power_off("bravo")
    keep("bravo")
    lab.hypervisor.power_on("bravo")
    keep("bravo")
    silent = "bravo: does not answer (it is a fake)"
    assert [gap.reason for gap in timeline.of(Blind)] == [silent, "bravo: no power"]
    shell.silent.clear()
    keep("bravo")
    agents._last_line_s["bravo"] = float("-inf")
    shell.silent.add("bravo")
    keep("bravo")
    assert [gap.reason for gap in timeline.of(Blind)] == [silent, "bravo: no power", silent]
