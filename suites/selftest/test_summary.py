"""What a run says in the end: each test's verdict, and repeats spread out."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness import plugin
from suites.selftest.test_verdicts import HEALTHY


class Terminal:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def section(self, title: str) -> None:
        self.lines.append(f"== {title}")

    def write_line(self, line: str) -> None:
        self.lines.extend(line.splitlines())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two repeats of one test, emulated."""
    monkeypatch.setattr(plugin.milestones, "facts", {"profile": "tcg"})
    for name in ("test_cut[web-repeat1]", "test_cut[web-repeat2]"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "verdict.json").write_text(json.dumps(HEALTHY))
    return tmp_path


def summary(run: Path | None, *, repeats: int = 1) -> list[str]:
    config = SimpleNamespace(stash=pytest.Stash(), getoption={"--repeat": repeats}.get)
    if run is not None:
        config.stash[plugin.RUN] = run
    terminal = Terminal()
    plugin.pytest_terminal_summary(terminal, config)
    return terminal.lines


def test_each_judged_test_is_told_with_its_verdict(run: Path, terminal: io.StringIO) -> None:
    lines = summary(run)
    assert lines[:2] == ["== verdicts", "timings and limits: tcg"]
    assert lines[2:4] == ["test_cut[web-repeat1]", "  verdict: pass"]
    assert lines[4].startswith("  web: away 42.50 s")
    assert lines.count("  verdict: pass") == 2
    assert terminal.getvalue() == ""


def test_repeats_are_told_together(run: Path, terminal: io.StringIO) -> None:
    summary(run, repeats=2)
    said = terminal.getvalue().split()
    assert said[0] == "test_cut[web]"
    assert [" ".join(said[i : i + 3]) for i, word in enumerate(said) if word == "web"] == [
        "web away 2"
    ]


def test_without_a_judged_test_nothing_is_told(tmp_path: Path, terminal: io.StringIO) -> None:
    assert summary(None) == summary(tmp_path) == summary(tmp_path, repeats=2) == []
    assert terminal.getvalue() == ""
