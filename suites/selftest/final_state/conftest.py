"""Fixtures for a lab whose nodes answer, and for the observer of its final state."""

import pytest

from harness.lab.state import State
from harness.observe.final_state import FinalState
from harness.plan.plan import Plan
from harness.record.timeline import Timeline
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeClock, FakeShell
from suites.selftest.final_state.observed import QUERY, start
from suites.selftest.lab_files import lab_with_disks
from suites.selftest.node_answers import node_answer


@pytest.fixture(autouse=True)
def _clock(clock: FakeClock) -> None:
    """Use the fake clock in all tests."""


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def lab(plan: Plan, state: State, shell: FakeShell) -> FakeLab:
    """A lab whose nodes answer. Nothing is left behind on them, and all replicas are equal."""
    shell.answer(QUERY, node_answer())
    return lab_with_disks(plan, state, shell)


@pytest.fixture
def started(lab: FakeLab, timeline: Timeline) -> FinalState:
    """The observer after it observed the beginning, and after the cluster recovered."""
    return start(lab, timeline)
