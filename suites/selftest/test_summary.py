"""What a run shows in the end: each test's verdict, and repeats spread out."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.pytest_plugin import session, stash
from harness.runs.run_metadata import milestones
from suites.selftest.verdicts import HEALTHY


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two repeats of one test, emulated."""
    monkeypatch.setattr(milestones, "facts", {"profile": "tcg"})
    for name in ("test_cut[web-repeat1]", "test_cut[web-repeat2]"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "verdict.json").write_text(json.dumps(HEALTHY))
    return tmp_path


class Summary:
    """The lines of a run's summary, written by pytest's own terminal."""

    def __init__(self, config: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
        self._config, self._monkeypatch = config, monkeypatch

    def __call__(self, run: Path | None, *, repeats: int = 1) -> list[str]:
        self._monkeypatch.setattr(self._config.option, "repeat", str(repeats))
        if run is not None:
            self._config.stash[stash.RUN] = run
        screen = io.StringIO()
        try:
            terminal = pytest.TerminalReporter(self._config, screen)
            session.pytest_terminal_summary(terminal, self._config)
        finally:
            if run is not None:  # else this run of the self-tests would draw a report there
                del self._config.stash[stash.RUN]
        return screen.getvalue().splitlines()


@pytest.fixture
def summary(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Summary]:
    """Makes the summary of a run, and puts this run's own folder back afterwards."""
    own = pytestconfig.stash.get(stash.RUN, None)
    if own is not None:
        del pytestconfig.stash[stash.RUN]
    yield Summary(pytestconfig, monkeypatch)
    if own is not None:
        pytestconfig.stash[stash.RUN] = own


def test_each_judged_test_has_its_verdict(
    summary: Summary, run: Path, terminal: io.StringIO
) -> None:
    lines = summary(run)
    assert lines[0].strip("= ") == "verdicts"
    assert lines[1] == "timings and limits: tcg"
    assert lines[2:4] == ["test_cut[web-repeat1]", "  verdict: pass"]
    assert lines[4].startswith("  web reads: 1 outage, 22.4 s")
    assert lines.count("  verdict: pass") == 2
    assert terminal.getvalue() == ""


def test_a_damaged_verdict_does_not_keep_the_others_from_being_shown(
    summary: Summary, run: Path
) -> None:
    (run / "test_cut[web-repeat1]" / "verdict.json").write_text("{}")
    assert summary(run)[2:4] == ["test_cut[web-repeat2]", "  verdict: pass"]


def test_repeats_are_shown_together(summary: Summary, run: Path, terminal: io.StringIO) -> None:
    summary(run, repeats=2)
    rows = [" ".join(line.split()) for line in terminal.getvalue().splitlines()]
    assert "test_cut[web]" in rows
    [row] = [row for row in rows if row.startswith("web reads, longest")]
    assert row == "web reads, longest 2 22.4 s 22.4 s 22.4 s 22.4 s"


def test_without_a_judged_test_there_is_no_summary(
    summary: Summary, tmp_path: Path, terminal: io.StringIO
) -> None:
    assert summary(None) == summary(tmp_path) == summary(tmp_path, repeats=2) == []
    assert terminal.getvalue() == ""
