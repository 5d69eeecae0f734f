"""Fixtures for agents of two nodes on loopback addresses."""

from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest

from harness.observe.agents import NodeAgents
from harness.observe.clock import Clock
from harness.plan.plan import NodePlan, Plan
from harness.plan.strict_yaml import checked
from harness.record.timeline import Timeline
from suites.selftest.agents.nodes import ENDED, STARTED, TIME, AgentShell, clock_line
from suites.selftest.fake_lab import FakeLab
from suites.selftest.plans import SHIPPED


@pytest.fixture(autouse=True)
def readings(monkeypatch: pytest.MonkeyPatch) -> dict[str, Clock]:
    """Results of clock measurements by the time that the node answers.

    Other times have the default result.
    """
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
        shell.answer(STARTED, clock_line(name, suffix="started"), on=name)
    shell.answer(ENDED, "nothing\n")
    return shell


@pytest.fixture
def lab(lab: FakeLab) -> FakeLab:
    """A lab whose management network is on loopback, where every address exists."""
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
    agents = NodeAgents(lab, timeline, port=0)
    yield agents
    agents.stop()


@pytest.fixture
def alpha(lab: FakeLab) -> NodePlan:
    return lab.plan.nodes["alpha"]
