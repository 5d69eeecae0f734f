"""The agents of both data nodes are started and heard."""

import re
import time

import pytest

from harness.errors import LabError
from harness.observe.agent_control import BEGIN
from harness.observe.agents import NodeAgents
from harness.observe.observer import Observer
from harness.plan.plan import NodePlan
from harness.record.events import AgentStarted, DrbdChange, NodeSample
from harness.record.timeline import Timeline
from suites.selftest.agents.nodes import (
    BOTH,
    LINE,
    STARTED,
    WEB,
    AgentShell,
    begin,
    clock_line,
    nodes_queried,
    samples,
    send,
    wait_for_samples,
)


def test_the_agent_of_each_data_node_is_started_and_heard(
    agents: NodeAgents, timeline: Timeline, shell: AgentShell
) -> None:
    observer: Observer = agents
    begin(agents, timeline)
    observer.before_fault()
    assert nodes_queried(shell, r"(?s)setsid python3 .* 127\.77\.0\.1 \d+ >>") == ["alpha", "bravo"]
    assert nodes_queried(shell, "") == ["alpha", "bravo"]
    assert samples(timeline) == [("alpha", ["web"]), ("bravo", ["web"])]
    started = sorted((e.node, e.boot) for e in timeline.of(AgentStarted))
    assert started == [("alpha", "boot-of-alpha"), ("bravo", "boot-of-bravo")]


def test_lines_from_before_the_test_are_deleted_at_its_beginning_only(
    agents: NodeAgents, timeline: Timeline, shell: AgentShell, alpha: NodePlan
) -> None:
    begin(agents, timeline)
    assert nodes_queried(shell, f"(?s){re.escape(BEGIN)}.*setsid") == ["alpha", "bravo"]
    agents._start_agent(alpha)
    assert nodes_queried(shell, f"(?s){re.escape(BEGIN)}.*setsid") == ["alpha", "bravo"]
    assert nodes_queried(shell, STARTED) == ["alpha", "alpha", "bravo"]


def test_an_agent_that_ran_already_was_not_started(
    agents: NodeAgents, timeline: Timeline, shell: AgentShell
) -> None:
    shell.answer(STARTED, clock_line("alpha", suffix="running"), on="alpha")
    begin(agents, timeline)
    assert [e.node for e in timeline.of(AgentStarted)] == ["bravo"]


@pytest.mark.usefixtures("clock")
def test_without_a_line_of_an_agent_no_test_begins(agents: NodeAgents, shell: AgentShell) -> None:
    """And that is not the cluster's failure."""
    shell.line = None
    with pytest.raises(LabError, match="a sample of each data node's agent has arrived"):
        agents.start()


def test_no_test_begins_while_a_data_node_is_silent(agents: NodeAgents, shell: AgentShell) -> None:
    shell.silent.add("bravo")
    with pytest.raises(LabError, match="bravo"):
        agents.start()


def test_no_test_begins_when_a_data_node_gives_an_empty_answer(
    agents: NodeAgents, shell: AgentShell
) -> None:
    shell.answer(STARTED, "\n", on="bravo")
    with pytest.raises(LabError, match=r"^bravo: did not report its time$"):
        agents.start()


def test_after_a_silence_of_all_agents_it_hears_on(agents: NodeAgents, timeline: Timeline) -> None:
    begin(agents, timeline)
    agents._socket.settimeout(0.01)  # from the next question on
    to = agents._socket.getsockname()
    send("127.77.0.99", to, "anything")
    time.sleep(0.05)
    send("127.77.0.11", to, BOTH.format("boot-of-alpha"))
    wait_for_samples(timeline, 3)


def test_the_end_does_not_wait_for_agents_that_are_silent(
    agents: NodeAgents, timeline: Timeline
) -> None:
    begin(agents, timeline)
    agents._socket.settimeout(None)
    began_s = time.monotonic()
    agents.stop()
    assert time.monotonic() - began_s < 0.3


def test_what_a_stranger_sends_is_not_heard(agents: NodeAgents, timeline: Timeline) -> None:
    begin(agents, timeline)
    to = agents._socket.getsockname()
    send("127.77.0.99", to, WEB.format("boot-of-alpha").replace("12.5", "13.0"))
    send("127.77.0.11", to, BOTH.format("boot-of-alpha"))
    wait_for_samples(timeline, 3)
    assert ("alpha", ["shop", "web"]) in samples(timeline)


def test_what_drbd_reported_has_its_time_node_and_life(
    agents: NodeAgents, timeline: Timeline, alpha: NodePlan
) -> None:
    begin(agents, timeline)
    agents._note(alpha, LINE.format("boot-of-alpha", "drbd=change resource name:web role:Primary"))
    [change] = timeline.of(DrbdChange)
    assert (change.at_s, change.node, change.boot) == (14.5, "alpha", "boot-of-alpha")
    assert (change.guest, change.states) == ("web", {"role": "Primary"})


def test_a_line_that_was_cut_short_is_not_noted(
    agents: NodeAgents, timeline: Timeline, alpha: NodePlan
) -> None:
    begin(agents, timeline)
    agents._note(alpha, "boot=boot-of-alpha at=17950000")
    assert len(timeline.of(NodeSample)) == 2
