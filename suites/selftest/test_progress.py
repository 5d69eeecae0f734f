"""Steps of the harness: each is told to a person when it ends, and how far it is meanwhile."""

import io
import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from rich.console import Console

from harness.errors import LabError
from harness.progress import Reporter, reporter


def test_a_step_is_told_when_it_ends(terminal: io.StringIO) -> None:
    with reporter.step("booting"):
        assert "booting: " not in terminal.getvalue()
    assert re.search(r"^booting: \d+\.\d s$", terminal.getvalue(), re.MULTILINE)


def test_a_step_that_fails_is_told_too(terminal: io.StringIO) -> None:
    with pytest.raises(LabError), reporter.step("booting"):
        raise LabError("no")
    assert re.search(r"^booting: \d+\.\d s$", terminal.getvalue(), re.MULTILINE)


def test_steps_may_overlap(terminal: io.StringIO) -> None:
    with reporter.step("one"), reporter.step("two"):
        pass
    told = terminal.getvalue()
    assert told.index("two: ") < told.index("one: ")


@pytest.fixture
def screen() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=60)


def shown(reporter: Reporter, title: str) -> str:
    """What a real terminal shows while a step runs."""
    with reporter.step(title):
        assert reporter._live is not None
        reporter._live.refresh()
        file = reporter.console.file
        assert isinstance(file, io.StringIO)
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue())


def test_a_running_step_shows_how_far_it_is(screen: Console, tmp_path: Path) -> None:
    (tmp_path / "steps.json").write_text('{"booting": 62.4}')
    reporter = Reporter(screen)
    assert "booting 0 s" in shown(reporter, "booting")
    reporter.remember_in(tmp_path / "steps.json")
    assert "booting 0 of about 62 s" in shown(reporter, "booting")


@pytest.mark.parametrize("kept", [None, "", "[1", "[1]"])
def test_a_step_that_ended_well_is_remembered(
    screen: Console, tmp_path: Path, kept: str | None
) -> None:
    file, reporter = tmp_path / "steps.json", Reporter(screen)
    if kept is not None:
        file.write_text(kept)
    reporter.remember_in(file)
    with suppress(LabError), reporter.step("failing"):
        raise LabError("no")
    with reporter.step("booting"):
        pass
    remembered = json.loads(file.read_text())
    assert list(remembered) == ["booting"]
    assert 0 <= remembered["booting"] < 30  # a busy machine needs more than 0.05 s


def test_steps_that_cannot_be_remembered_do_not_fail(screen: Console, tmp_path: Path) -> None:
    reporter = Reporter(screen)
    reporter.remember_in(tmp_path / "no folder" / "steps.json")
    with reporter.step("booting"):
        pass
