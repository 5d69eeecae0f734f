"""What was not heard is read at the end: no line is lost, none is noted twice."""

from datetime import timedelta

import pytest

from harness.observe.agents import NodeAgents
from harness.record.events import Blind, Failure
from harness.record.timeline import Timeline
from harness.waiting import wait_until
from suites.selftest.agents.nodes import BOTH, ENDED, WEB, AgentShell, begin, ended, samples, send
from suites.selftest.fake_lab import FakeLab


def test_what_was_not_heard_is_read_at_the_end_and_nothing_twice(
    agents: NodeAgents, timeline: Timeline, shell: AgentShell
) -> None:
    begin(agents, timeline)
    lines = "\n".join(line.format("boot-of-alpha") for line in (WEB, BOTH))
    shell.answer(ENDED, f"{lines}\n", on="alpha")
    agents.stop()
    agents.stop()
    agents.collect()
    agents.collect()
    assert samples(timeline) == [("alpha", ["shop", "web"]), ("alpha", ["web"]), ("bravo", ["web"])]
    assert not timeline.knows(Blind)


def test_a_node_that_is_gone_at_the_end_leaves_a_gap(
    agents: NodeAgents, timeline: Timeline, shell: AgentShell
) -> None:
    begin(agents, timeline)
    shell.silent.add("bravo")
    agents.stop()
    agents.collect()
    [gap] = timeline.of(Blind)
    assert (gap.observer, gap.part) == ("node_agent", "bravo")


def test_a_lab_that_is_gone_at_the_end_leaves_gaps_and_raises_nothing(
    agents: NodeAgents, timeline: Timeline, lab: FakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(agents, timeline)
    monkeypatch.setattr(lab.hypervisor, "is_running", ended)
    agents.stop()
    agents.collect()
    assert sorted(gap.part for gap in timeline.of(Blind)) == ["alpha", "bravo"]


def test_a_thread_that_dies_makes_the_test_invalid(
    agents: NodeAgents, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(agents, timeline)
    monkeypatch.setattr(agents, "_note_sign_of_life", None)
    send("127.77.0.11", agents._socket.getsockname(), "anything")
    wait_until("it is noted", lambda: timeline.knows(Failure), every=timedelta(milliseconds=10))
    [failure] = timeline.of(Failure)
    assert (failure.blame, failure.reason.partition(":")[0]) == ("lab", "node agents ended")
