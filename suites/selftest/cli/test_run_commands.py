"""Stored runs are judged again, and listed with labs and moments."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import options
from harness.errors import Exit
from harness.judge.verdict import judge_file
from harness.lab.state import PROJECT, State
from harness.runs.store import write_verdict
from suites.selftest.command_line import Command
from suites.selftest.verdicts import store_record


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of one judged test."""
    folder = tmp_path / "test_cut[web]"
    write_verdict(folder, judge_file(store_record(folder)))
    return tmp_path


def test_a_stored_run_is_judged_again_without_a_lab(quorate: type[Command], run: Path) -> None:
    """And shows what the run stored."""
    done = quorate("judge", run)
    assert done.code == 0
    assert done.out.splitlines()[:2] == ["test_cut[web]", "  verdict: invalid"]
    assert "\n  web reads: 1 outage, 1.1 s (± 0.1 s), 0.1 s before the fault; " in done.out
    assert "DIFFERS" not in done.out


@pytest.mark.parametrize(
    ("content", "difference"),
    [
        (None, "no verdict was stored"),
        ("{}", "the stored verdict is damaged: verdict: Field required"),
        ('{"verdict": "pa', "the stored verdict is damaged: Invalid JSON: EOF while parsing"),
    ],
    ids=["gone", "empty", "cut short"],
)
def test_a_verdict_that_is_missing_or_damaged_is_a_difference(
    quorate: type[Command], run: Path, content: str | None, difference: str
) -> None:
    """In one line, after the judgement of now."""
    file = run / "test_cut[web]" / "verdict.json"
    file.unlink() if content is None else file.write_text(content)
    done = quorate("judge", run)
    assert done.code == 1
    assert done.out.splitlines()[:2] == ["test_cut[web]", "  verdict: invalid"]
    assert done.out.splitlines()[-1].startswith(f"  DIFFERS FROM THE RUN: {difference}")
    assert done.err == ""


def test_every_test_is_judged_whatever_the_one_before_it_differs_in(
    quorate: type[Command], run: Path
) -> None:
    """With a line for each difference, and 1 in the end."""
    store_record(run / "test_a")
    file = run / "test_cut[web]" / "verdict.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"verdict": "fail"}))
    store_record(run / "test_z").unlink()
    write_verdict(run / "test_z", judge_file(run / "test_z" / "timeline.jsonl"))
    done = quorate("judge", run)
    assert done.code == 1
    assert [line for line in done.out.splitlines() if not line.startswith("  ")] == [
        *("test_a", "test_cut[web]", "test_z")
    ]
    assert [line for line in done.out.splitlines() if "DIFFERS" in line] == [
        "  DIFFERS FROM THE RUN: no verdict was stored",
        "  DIFFERS FROM THE RUN: verdict: was fail, is invalid",
    ]


def test_the_latest_run_is_judged_unless_another_is_named() -> None:
    assert Path("reports") / "latest" == options.LATEST


@pytest.mark.parametrize(
    ("shell", "why"),
    [
        ("> /dev/full", "No space left on device"),
        (">&-", "it is closed"),
        ("| true", "Broken pipe"),
    ],
)
def test_a_judgement_that_cannot_be_printed_is_one_line(run: Path, shell: str, why: str) -> None:
    """Never a traceback, and never a success."""
    program = f"{sys.executable} -c 'from harness.cli.main import main; main()' judge"
    script = f"set -o pipefail; {{ sleep 0.2; {program} '{run}'; }} {shell}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == Exit.LAB
    assert done.stderr == f"quorate: cannot write to standard output: {why}\n"


@pytest.mark.parametrize("words", ["--help", "--version"])
def test_what_is_printed_by_the_way_cannot_be_lost_either(words: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m harness.cli {words} >/dev/full"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == Exit.LAB
    assert done.stderr == "quorate: No space left on device\n"


def test_a_stored_run_is_judged_for_a_script_too(quorate: type[Command], run: Path) -> None:
    done = quorate("judge", run, "--json")
    assert done.code == 0
    [(name, judged)] = json.loads(done.out).items()
    assert name == "test_cut[web]"
    assert judged["judged"]["verdict"] == "invalid"
    assert judged["differences"] == []
    (run / "test_cut[web]" / "verdict.json").unlink()
    done = quorate("judge", run, "--json")
    assert done.code == Exit.FAILED
    assert json.loads(done.out)["test_cut[web]"]["differences"] == ["no verdict was stored"]


def test_labs_moments_and_runs_are_listed(
    quorate: type[Command], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frozen = State(tmp_path / "labs", "blue").frozen / "run" / "test"
    frozen.mkdir(parents=True)
    (frozen / "manifest.json").touch()
    (tmp_path / "labs" / "blue" / "lock").touch()
    (tmp_path / "reports" / "first").mkdir(parents=True)
    (tmp_path / "reports" / "first" / "run.json").touch()
    assert quorate("list", "--lab-dir", "labs").out.splitlines() == [
        "lab blue: down",
        "  frozen: run/test",
        "run reports/first",
    ]
    assert json.loads(quorate("list", "--lab-dir", "labs", "--json").out) == {
        "labs": {"blue": "down"},
        "frozen": {"blue": ["run/test"]},
        "runs": ["reports/first"],
    }
