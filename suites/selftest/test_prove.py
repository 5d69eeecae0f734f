"""`make prove`: a broken cluster is caught by its invariants, the healthy one must pass."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from rich.console import Console

from harness.changes.change import BROKEN
from harness.errors import Exit
from harness.judge.judgement import Judgement, Verdict
from harness.runs.store import StoredVerdict
from suites.prove import __main__ as module
from suites.prove.__main__ import Proof


def verdict(*broken: str) -> StoredVerdict:
    """Return a stored verdict with these reasons."""
    return StoredVerdict.of(Judgement(Verdict.FAIL, broken=broken))


def test_only_numbers_of_invariants_count() -> None:
    first = verdict("I12: web ran on alpha again", "Illness", "web reads: longest 60 s of 55 s")
    assert module.violated([first, verdict("I5: lost"), verdict("I5: lost")]) == ("I12", "I5")


@pytest.mark.parametrize(
    ("cluster", "expected", "violated", "status", "holds"),
    [
        ("bad", ("I5",), ("I5", "I7"), 1, True),
        ("bad", ("I5",), ("I5",), 10, False),
        ("bad", ("I5",), ("I7",), 1, False),
        ("bad", ("I5", "I6"), ("I5",), 1, False),
        ("bad", ("I5",), (), 0, False),
        ("bad", (), (), 1, True),
        ("bad", (), (), 0, False),
        ("bad", (), (), 10, False),
        ("healthy", (), (), 0, True),
        ("healthy", (), (), 10, False),
        ("healthy", (), ("I5",), 1, False),
    ],
)
def test_a_broken_cluster_is_caught_and_the_healthy_one_passes(
    cluster: str, expected: tuple[str, ...], violated: tuple[str, ...], status: int, holds: bool
) -> None:
    assert Proof(cluster, expected, violated, "", status, 1.0).holds is holds


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The clusters and tests that were run. All broken clusters but one are caught."""
    done: list[tuple[str, ...]] = []

    def prove(name: str, expected: Sequence[str], arguments: Sequence[str]) -> Proof:
        done.append((name, *arguments))
        caught = () if name == "two-node" else tuple(expected)
        return Proof(name, tuple(expected), caught, "", int(name != "healthy"), 1.0)

    monkeypatch.setattr(module, "prove", prove)
    return done


def test_each_test_runs_on_the_healthy_cluster_once_and_then_on_each_broken_one(
    runs: list[tuple[str, ...]],
) -> None:
    assert module.main(["cache-unsafe", "stickiness-0"]) == 0
    assert [run[0] for run in runs] == ["healthy", "cache-unsafe", "stickiness-0"]
    assert runs[0][-1] == runs[1][-1] == "--keep-lab" != runs[2][-1]
    assert runs[0][1:-1] == runs[1][1:-4]
    assert runs[1][-4:-1] == ("--change", "cache-unsafe", "--until-broken=I5")


def test_a_cluster_that_is_not_caught_is_an_error(
    runs: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert module.main([]) == 1
    assert {run[0] for run in runs} == {"healthy", *(file.stem for file in BROKEN.iterdir())}
    assert capsys.readouterr().out.count("NOT CAUGHT") == 1


@pytest.mark.parametrize(
    ("statuses", "found"), [([0, 1], 0), ([10, 1, 0], 1), ([10, 10, 10, 1], 10)]
)
def test_an_invalid_run_is_repeated_at_most_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, statuses: list[int], found: int
) -> None:
    ends: list[CompletedProcess[str]] = [CompletedProcess([], status) for status in statuses]
    monkeypatch.setattr(module, "LATEST", tmp_path)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ends.pop(0))
    assert module.prove("bad", ["I5"], []).status == found
    assert len(ends) == 1


def test_an_unknown_cluster_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert module.main(["nope"]) == Exit.USAGE
    assert "--change nope: unknown, write one of " in capsys.readouterr().err


def test_a_healthy_cluster_that_is_not_green_is_marked() -> None:
    console = Console(record=True, width=100)
    console.print(module.table([Proof("healthy", (), ("I6",), "I6: alpha", 1, 61.0)]))
    assert "NOT GREEN" in console.export_text()
