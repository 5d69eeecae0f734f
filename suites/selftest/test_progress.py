"""Commands of this machine: logged line by line, and one line that names the way out."""

import io
import json
import logging
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from rich.console import Console

from harness.command import run
from harness.errors import LabError
from harness.progress import Reporter, reporter

HINT = "look at the cable"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def failure(code: str) -> str:
    with pytest.raises(LabError) as failed:
        run(python(code), hint=HINT)
    return str(failed.value).replace(Path(sys.executable).name, "python")


def test_a_command_gives_its_output() -> None:
    assert run(python("print(input())"), stdin="words", hint=HINT) == "words\n"


def test_a_command_runs_with_its_own_folder_and_environment(tmp_path: Path) -> None:
    code = "import os; print(os.getcwd(), os.environ['COLOUR'])"
    said = run(python(code), cwd=tmp_path, env={"COLOUR": "blue"}, hint=HINT)
    assert said == f"{tmp_path} blue\n"


def test_every_line_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="quorate"):
        run(python("print('one'); print('two')"), hint=HINT)
    lines = [line.rpartition(": ")[2] for line in caplog.messages]
    assert lines[-2:] == ["one", "two"]
    assert caplog.messages[0].startswith("$ ")


def test_a_failure_names_the_last_line_and_the_way_out() -> None:
    code = "import sys; print('first'); sys.exit('no space')"
    assert failure(code) == "python failed (no space); look at the cable"


def test_a_failure_without_words_says_so() -> None:
    assert failure("raise SystemExit(1)") == "python failed (no output); look at the cable"


def test_output_that_is_not_text_is_no_failure() -> None:
    said = run(python(r"import sys; sys.stdout.buffer.write(b'\xff\n')"), hint=HINT)
    assert said == "\N{REPLACEMENT CHARACTER}\n"


def test_a_command_that_is_not_installed_is_named() -> None:
    with pytest.raises(LabError) as failed:
        run(["no-such-command"], hint=HINT)
    assert str(failed.value) == (
        "no-such-command is not installed; type `make up` to install what is missing"
    )


def test_a_command_that_hangs_is_ended() -> None:
    with pytest.raises(LabError) as failed:
        run(["sleep", "60"], deadline_s=0.05, hint=HINT)
    assert str(failed.value) == "sleep gave no result in 0 s; look at the cable"


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
    assert json.loads(file.read_text()) == {"booting": 0.0}


def test_steps_that_cannot_be_remembered_do_not_fail(screen: Console, tmp_path: Path) -> None:
    reporter = Reporter(screen)
    reporter.remember_in(tmp_path / "no folder" / "steps.json")
    with reporter.step("booting"):
        pass


def test_roots_own_commands_are_found_where_a_users_path_does_not_look() -> None:
    program = "import harness, os; print(os.environ['PATH'])"
    said = subprocess.check_output([sys.executable, "-c", program], env={"PATH": "/bin"}, text=True)
    assert said == "/bin:/usr/sbin:/sbin\n"
