"""Fixtures for the observer of the nodes' journals."""

import pytest

from harness.observe.clock import Clock
from harness.observe.journals import Journals
from harness.record.timeline import Timeline
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeClock
from suites.selftest.journals.journal import BEGIN, EPOCH_S, FIRST, MARK, READ, TIME, entry, printed


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def journals(
    lab: FakeLab,
    timeline: Timeline,
    clock: FakeClock,  # noqa: ARG001  no self-test waits
    monkeypatch: pytest.MonkeyPatch,
) -> Journals:
    """The observer of nodes that booted at 10.5 s. Their journals have only the mark, at 11 s."""
    monkeypatch.setattr(
        "harness.observe.clock.read_clock",
        lambda ask: Clock(float(ask()) - 100.0, 0.25, measured_s=100.0),
    )
    monkeypatch.setattr("harness.observe.journals.time.monotonic", lambda: 90.0)
    lab.shell.answer("^true$")
    lab.shell.answer(TIME, f"{FIRST} {EPOCH_S + 100}\n")
    lab.shell.answer(BEGIN, f"{FIRST} {EPOCH_S + 100} {EPOCH_S + 10.5}\n")
    lab.shell.answer(READ, printed(FIRST, entry(11, **MARK)))
    return Journals(lab, timeline, run="3f2a")
