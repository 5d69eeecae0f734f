"""What the agents of both data nodes report, by this machine's clock; no line lost, none twice."""

import os
import re
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.observe import agent_control
from harness.observe.agents import NodeAgents
from harness.observe.clock import Clock
from harness.observe.observer import Observer
from harness.plan.plan import NodePlan, Plan
from harness.plan.strict_yaml import checked
from harness.record.events import (
    AgentStarted,
    Blind,
    ClockReading,
    DrbdChange,
    Event,
    Failure,
    NodeLook,
    Qemu,
)
from harness.record.timeline import Timeline
from harness.target.shell import DEFAULT_DEADLINE, Result
from harness.waiting import wait_until
from suites.selftest.fakes import FakeLab, FakeShell
from suites.selftest.plans import SHIPPED
from suites.selftest.records import power

EPOCH_S = 1_795_000_000
WEB = "boot={0} at=1795000012.500000 runs=web/7@1795000002.25 open=1 primary=1"
BOTH = "boot={0} at=1795000013.500000 runs=web/7@1795000002.25,shop/8@1795000001.00 open= primary="
LINE = "boot={0} at=1795000014.500000 {1}"
STARTED = r"(?s)setsid python3 .*' (\S+) (\d+) >>"
TIME, ENDED = "while read -r _", "^cat /run"


def clock_line(node: str, epoch_s: float = EPOCH_S + 100, *, said: str = "") -> str:
    """What a node answers when it is asked for its time."""
    return f"boot-of-{node} {epoch_s} {said}\n"


class AgentShell(FakeShell):
    """Nodes whose agent sends one line, from its own address, as soon as it is started."""

    line: str | None = WEB

    def run(
        self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE
    ) -> Result:
        if self.line and (started := re.search(STARTED, command)):
            line = self.line.format(f"boot-of-{node}")
            send(str(node.addresses["mgmt"]), (started[1], int(started[2])), line)
        return super().run(node, command, deadline=deadline)


def send(sender: str, to: tuple[str, int], line: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sent:
        sent.bind((sender, 0))
        sent.sendto(line.encode(), to)


@pytest.fixture(autouse=True)
def readings(monkeypatch: pytest.MonkeyPatch) -> dict[str, Clock]:
    """What a node's clock is found to be, by the time that it answers; else the usual."""
    known: dict[str, Clock] = {}

    def read_clock(ask: Callable[[], float]) -> Clock:
        answer = ask()
        return known.get(f"{answer:.0f}", Clock(answer - 100.0, 0.25, 100.0))

    monkeypatch.setattr("harness.observe.clock.read_clock", read_clock)
    return known


@pytest.fixture
def shell() -> AgentShell:
    shell = AgentShell()
    for name in ("alpha", "bravo"):
        shell.answer(TIME, clock_line(name), on=name)
        shell.answer(STARTED, clock_line(name, said="started"), on=name)
    shell.answer(ENDED, "nothing\n")
    return shell


@pytest.fixture
def lab(lab: FakeLab) -> FakeLab:
    """Its way in is loopback, which has all the addresses that are needed."""
    raw = deepcopy(SHIPPED)
    raw["networks"]["mgmt"] = "127.77.0.0/24"
    for number, node in enumerate(raw["nodes"].values(), 11):
        node["addresses"]["mgmt"] = f"127.77.0.{number}"
    lab.plan = checked(raw, Plan, source="loopback")
    return lab


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def agents(lab: FakeLab, timeline: Timeline) -> Iterator[NodeAgents]:
    agents = NodeAgents(lab, timeline)
    yield agents
    agents.stop()


@pytest.fixture
def alpha(lab: FakeLab) -> NodePlan:
    return lab.plan.nodes["alpha"]


def looks(timeline: Timeline) -> list[tuple[str, list[str]]]:
    return sorted((e.node, sorted(e.guests)) for e in timeline.of(NodeLook))


def begin(agents: NodeAgents, timeline: Timeline) -> None:
    agents.start()
    wait_for_looks(timeline, 2)


def wait_for_looks(timeline: Timeline, count: int) -> None:
    noted = lambda: len(timeline.of(NodeLook)) == count  # noqa: E731
    wait_until("it is noted", noted, every=timedelta(milliseconds=10))


def asked(shell: FakeShell, pattern: str) -> list[str]:
    return sorted(name for name, command in shell.asked if re.search(pattern, command))


def test_the_agent_of_each_data_node_is_started_and_heard(
    agents: NodeAgents, timeline: Timeline, shell: AgentShell
) -> None:
    observer: Observer = agents
    begin(agents, timeline)
    observer.before_fault()
    assert asked(shell, r"(?s)setsid python3 .* 127\.77\.0\.1 \d+ >>") == ["alpha", "bravo"]
    assert asked(shell, "") == ["alpha", "bravo"]
    assert looks(timeline) == [("alpha", ["web"]), ("bravo", ["web"])]
    started = sorted((e.node, e.boot) for e in timeline.of(AgentStarted))
    assert started == [("alpha", "boot-of-alpha"), ("bravo", "boot-of-bravo")]


def test_an_agent_that_ran_already_was_not_started(
    agents: NodeAgents, timeline: Timeline, shell: AgentShell
) -> None:
    shell.answer(STARTED, clock_line("alpha", said="running"), on="alpha")
    begin(agents, timeline)
    assert [e.node for e in timeline.of(AgentStarted)] == ["bravo"]


@pytest.mark.usefixtures("clock")
def test_without_a_line_of_an_agent_no_test_begins(agents: NodeAgents, shell: AgentShell) -> None:
    """And that is not the cluster's failure."""
    shell.line = None
    with pytest.raises(LabError, match="the agent of each data node is heard"):
        agents.start()


def test_no_test_begins_while_a_data_node_is_silent(agents: NodeAgents, shell: AgentShell) -> None:
    shell.silent.add("bravo")
    with pytest.raises(LabError, match="bravo"):
        agents.start()


def test_no_test_begins_when_a_data_node_gives_an_empty_answer(
    agents: NodeAgents, shell: AgentShell
) -> None:
    shell.answer(STARTED, "\n", on="bravo")
    with pytest.raises(LabError, match=r"^bravo: does not tell its time$"):
        agents.start()


def test_after_a_silence_of_all_agents_it_hears_on(agents: NodeAgents, timeline: Timeline) -> None:
    begin(agents, timeline)
    agents._socket.settimeout(0.01)  # from the next question on
    to = agents._socket.getsockname()
    send("127.77.0.99", to, "anything")
    time.sleep(0.05)
    send("127.77.0.11", to, BOTH.format("boot-of-alpha"))
    wait_for_looks(timeline, 3)


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
    wait_for_looks(timeline, 3)
    assert ("alpha", ["shop", "web"]) in looks(timeline)


def test_a_line_has_this_machines_time_and_names_processes_and_guests(
    agents: NodeAgents, timeline: Timeline
) -> None:
    begin(agents, timeline)
    [look] = [e for e in timeline.of(NodeLook) if e.node == "alpha"]
    assert look == NodeLook(
        at_s=12.5,
        node="alpha",
        boot="boot-of-alpha",
        runs=(Qemu(guest="web", pid=7, began_s=2.25),),
        open=("web",),
        primary=("web",),
    )


def test_a_clock_is_noted_each_time_it_is_measured_and_once_more_at_the_end(
    agents: NodeAgents, timeline: Timeline
) -> None:
    begin(agents, timeline)
    agents.stop()
    agents.collect()
    clocks = [e for e in timeline.of(ClockReading) if e.node == "alpha"]
    assert (
        clocks
        == [
            ClockReading(
                at_s=100.0,
                node="alpha",
                boot="boot-of-alpha",
                reader="node_agent",
                offset_s=float(EPOCH_S),
                uncertainty_s=0.25,
            )
        ]
        * 2
    )


@pytest.mark.parametrize(("uncertainty_s", "at_s"), [(0.1, 14.0), (0.3, 14.5)])
def test_of_all_clocks_of_a_life_the_best_is_believed(
    agents: NodeAgents,
    timeline: Timeline,
    shell: AgentShell,
    readings: dict[str, Clock],
    uncertainty_s: float,
    at_s: float,
) -> None:
    begin(agents, timeline)
    readings["5"] = Clock(EPOCH_S + 0.5, uncertainty_s, 200.0)
    shell.answer(TIME, clock_line("alpha", 5), on="alpha")
    shell.answer(ENDED, LINE.format("boot-of-alpha", "runs= open= primary="), on="alpha")
    agents.stop()
    agents.collect()
    assert [e.at_s for e in timeline.of(NodeLook) if not e.runs] == [at_s]


def test_a_clock_that_stood_still_while_its_node_was_suspended_is_understood(
    agents: NodeAgents, timeline: Timeline, shell: AgentShell
) -> None:
    begin(agents, timeline)
    timeline.note(power(40.0, "alpha", "suspended"))
    timeline.note(power(60.0, "alpha", "resumed"))
    before = "at=1795000050.500000 runs=shop/8@1795000030.25 open= primary="
    after = "at=1795000070.500000 runs=shop/8@1795000030.25 open= primary="
    log = "".join(f"boot=boot-of-alpha {line}\n" for line in (before, after))
    shell.answer(ENDED, log, on="alpha")
    agents.stop()
    agents.collect()
    seen = [e for e in timeline.of(NodeLook) if "shop" in e.guests]
    # The clock was measured at 100 s, after the halt: what it showed before lies 20 s earlier.
    assert [(look.at_s, look.runs[0].began_s) for look in seen] == [(30.5, 10.25), (70.5, 10.25)]


def test_nothing_was_printed_after_it_arrived(
    agents: NodeAgents, timeline: Timeline, alpha: NodePlan
) -> None:
    begin(agents, timeline)
    agents._note(alpha, "boot=boot-of-alpha at=1895000000.000000 runs= open= primary=")
    [look] = [e for e in timeline.of(NodeLook) if not e.runs]
    assert time.monotonic() - 5 < look.at_s <= time.monotonic()


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
    assert len(timeline.of(NodeLook)) == 2


def test_a_line_of_a_life_whose_clock_nobody_read_is_not_noted(
    agents: NodeAgents, timeline: Timeline, alpha: NodePlan
) -> None:
    agents._note(alpha, WEB.format("another"))
    assert timeline.of(Event) == []


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
    assert looks(timeline) == [("alpha", ["shop", "web"]), ("alpha", ["web"]), ("bravo", ["web"])]
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


def ended(_: str) -> bool:
    raise LabError("the lab has ended")


def test_a_thread_that_dies_makes_the_test_invalid(
    agents: NodeAgents, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(agents, timeline)
    monkeypatch.setattr(agents, "_note_sign_of_life", None)
    send("127.77.0.11", agents._socket.getsockname(), "anything")
    wait_until("it is noted", lambda: timeline.knows(Failure), every=timedelta(milliseconds=10))
    [failure] = timeline.of(Failure)
    assert (failure.blame, failure.reason.partition(":")[0]) == ("lab", "node agents ended")


Keep = Callable[[str], None]


@pytest.fixture
def keep(agents: NodeAgents, lab: FakeLab, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """The keeper's round for a node, once, a moment after alpha was heard; bravo never was."""
    agents._socket.bind(("127.77.0.1", 0))
    agents._heard_s["alpha"] = time.monotonic()
    agents._heard_s["bravo"] = float("-inf")

    def keep(name: str) -> None:
        rounds = iter([False, True])
        with monkeypatch.context() as patch:
            patch.setattr(agents._end, "wait", lambda _: next(rounds))
            agents._keep(lab.plan.nodes[name])

    return keep


def test_a_silent_nodes_agent_is_started_anew_and_then_left_alone(
    keep: Keep, shell: AgentShell, timeline: Timeline
) -> None:
    for name in ("alpha", "bravo", "bravo"):
        keep(name)
    assert asked(shell, STARTED) == ["bravo"]
    assert [(e.node, e.boot) for e in timeline.of(AgentStarted)] == [("bravo", "boot-of-bravo")]


def test_a_node_without_power_is_out_of_sight_and_not_asked(
    keep: Keep, lab: FakeLab, timeline: Timeline, shell: AgentShell
) -> None:
    lab.hypervisor.power_off("bravo")
    keep("bravo")
    [gap] = timeline.of(Blind)
    assert (gap.part, gap.reason) == ("bravo", "bravo: no power")
    assert asked(shell, "") == []


def test_when_the_lab_has_ended_the_keeper_ends_too(
    agents: NodeAgents, lab: FakeLab, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab.hypervisor, "is_running", ended)
    monkeypatch.setattr(agents._end, "wait", lambda _: False)
    agents._heard_s["bravo"] = float("-inf")
    agents._keep(lab.plan.nodes["bravo"])
    assert [gap.reason for gap in timeline.of(Blind)] == ["the lab has ended"]
    assert not timeline.knows(Failure)


def test_a_node_that_has_nothing_to_answer_is_out_of_sight(
    keep: Keep, timeline: Timeline, shell: AgentShell
) -> None:
    shell.answer(STARTED, "\n")
    keep("bravo")
    assert [gap.reason for gap in timeline.of(Blind)] == ["bravo: does not tell its time"]


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
    agents._heard_s["bravo"] = float("-inf")
    shell.silent.add("bravo")
    keep("bravo")
    assert [gap.reason for gap in timeline.of(Blind)] == [silent, "bravo: no power", silent]


Script = Callable[[str], str]


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Script]:
    """Runs a script for nodes on this machine; a real agent sends its lines to nobody.

    Whatever becomes of the test, each agent ends with it, and so do the commands it started.
    """
    started: list[int] = []

    def run(text: str) -> str:
        script = shlex.quote(agent_control.SCRIPT)
        text = f"{text.format(script=script, host='127.0.0.1', port=9)}\necho $output"
        text = text.replace(agent_control.LOG, str(tmp_path / "agent"))
        command = ["bash", "-c", text]
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        if output == "started\n":
            started.append(int((tmp_path / "agent.pid").read_text()))
        return output

    yield run
    for agent in started:
        end(agent)


def end(agent: int) -> None:
    """End an agent with all that it started; it may be too young to lead its group."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            kill(agent, signal.SIGKILL)


def has_ended(pid: int) -> bool:
    return not Path(f"/proc/{pid}/exe").exists()


def test_an_agent_is_started_unless_it_runs_and_its_log_goes_on(
    script: Script, tmp_path: Path
) -> None:
    log, number = tmp_path / "agent", tmp_path / "agent.pid"
    printed = lambda: " runs=" in log.read_text()  # noqa: E731

    assert script(agent_control.START) == "started\n"
    wait_until("it has printed a line", printed, every=timedelta(milliseconds=50))
    assert script(agent_control.START) == "running\n"

    first = int(number.read_text())
    os.kill(first, signal.SIGKILL)
    wait_until("it has ended", lambda: has_ended(first))
    log.write_text("a line of the first one\n")
    assert script(agent_control.START) == "started\n"
    wait_until("it has printed a line", printed, every=timedelta(milliseconds=50))

    output = script(agent_control.READ)
    assert output.startswith("a line of the first one\n")
    assert " runs=" in output


def test_another_process_under_the_agents_number_is_no_agent(
    script: Script, tmp_path: Path
) -> None:
    with subprocess.Popen(["sleep", "20"]) as stranger:
        (tmp_path / "agent.pid").write_text(f"{stranger.pid}\n")
        assert script(agent_control.START) == "started\n"
        stranger.kill()
