"""What agents report has this machine's time."""

import time

import pytest

from harness.observe.agents import NodeAgents
from harness.observe.clock import Clock
from harness.plan.plan import NodePlan
from harness.record.events import ClockReading, Event, NodeSample, Qemu
from harness.record.timeline import Timeline
from suites.selftest.agents.nodes import (
    ENDED,
    EPOCH_S,
    LINE,
    TIME,
    WEB,
    AgentShell,
    begin,
    clock_line,
)
from suites.selftest.node_events import power


def test_a_line_has_this_machines_time_and_names_processes_and_guests(
    agents: NodeAgents, timeline: Timeline
) -> None:
    begin(agents, timeline)
    [look] = [e for e in timeline.of(NodeSample) if e.node == "alpha"]
    assert look == NodeSample(
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
    assert [e.at_s for e in timeline.of(NodeSample) if not e.runs] == [at_s]


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
    seen = [e for e in timeline.of(NodeSample) if "shop" in e.guests]
    # The clock was measured at 100 s, after the halt: what it showed before lies 20 s earlier.
    assert [(look.at_s, look.runs[0].began_s) for look in seen] == [(30.5, 10.25), (70.5, 10.25)]


def test_nothing_was_printed_after_it_arrived(
    agents: NodeAgents, timeline: Timeline, alpha: NodePlan
) -> None:
    begin(agents, timeline)
    agents._note(alpha, "boot=boot-of-alpha at=1895000000.000000 runs= open= primary=")
    [look] = [e for e in timeline.of(NodeSample) if not e.runs]
    assert time.monotonic() - 5 < look.at_s <= time.monotonic()


def test_a_line_of_a_life_whose_clock_nobody_read_is_not_noted(
    agents: NodeAgents, timeline: Timeline, alpha: NodePlan
) -> None:
    agents._note(alpha, WEB.format("another"))
    assert timeline.of(Event) == []
