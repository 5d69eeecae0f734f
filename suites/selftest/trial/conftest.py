"""Fixtures for a trial with fake lab, observers and clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.trial import Trial
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeClock
from suites.selftest.trial.passage import run_through
from suites.selftest.trials import Stage, fake_observers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run" / "test_one"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def stage(
    lab: FakeLab, clock: FakeClock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    clock.now_s = 0.0
    stage = Stage(lab.plan, lab, clock, folder / "timeline.jsonl")
    fake_observers(stage, monkeypatch)
    monkeypatch.setattr(lab, "freeze", lambda name: stage.call(f"freeze {name}"))
    yield stage
    stage.timeline.close()


@pytest.fixture
def trial(stage: Stage, folder: Path) -> Trial:
    return Trial(stage.cluster, folder)


@pytest.fixture
def begun(trial: Trial, stage: Stage) -> Trial:
    return run_through(trial, stage)


@pytest.fixture
def freezing(stage: Stage, folder: Path) -> Trial:
    """A trial that freezes its lab when it fails."""
    return run_through(Trial(stage.cluster, folder, freeze=True), stage)
