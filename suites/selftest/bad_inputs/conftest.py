"""Fixtures that feed bad inputs: a plan, an option, a run of pytest."""

from collections.abc import Callable
from pathlib import Path

import pytest

from suites.selftest.command_line import Command

SUITE = "def test_it(): pass"
OPTIONS = "-p harness.pytest_plugin.plugin -p fixtures.lab -p no:cacheprovider"


@pytest.fixture
def up(
    quorate: type[Command], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Command]:
    """`quorate up`. The test fails if the command accepts its input and executes pytest."""
    monkeypatch.setattr("os.execv", lambda _, words: pytest.fail(f"accepted: {words}"))

    def call(*words: str | Path) -> Command:
        return quorate("up", "--lab-dir", tmp_path / "labs", *words)

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a plan that the test writes."""
    return tmp_path / "lab.yml"


@pytest.fixture
def complaint(up: Callable[..., Command]) -> Callable[[Path], str]:
    """Return the error message about the plan in a file: one line, without the file's name."""

    def ask(file: Path) -> str:
        done = up("--plan", file)
        done.refuses(f"quorate: {file}: ")
        return done.err.rstrip("\n").removeprefix(f"quorate: {file}: ")

    return ask


@pytest.fixture
def refused(pytester: pytest.Pytester) -> Callable[..., None]:
    """Assert that a run of pytest ends with 2 and one line of error that contains a text."""
    pytester.makeini(f"[pytest]\naddopts = {OPTIONS}")
    pytester.makepyfile(SUITE)

    def check(text: str, *options: str) -> None:
        result = pytester.runpytest_inprocess(*options, no_reraise_ctrlc=True)
        [line] = [line for line in result.stderr.lines if line]
        assert line.startswith("ERROR: ")
        assert text in line
        assert result.ret == 2
        assert not list(pytester.path.glob("reports/*"))

    return check
