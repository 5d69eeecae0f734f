"""The commands that start an agent, run by this machine's shell."""

import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from harness.observe import agent_control
from harness.waiting import wait_until
from suites.selftest.processes import running

Script = Callable[[str], str]


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Script]:
    """Runs a script for nodes on this machine; a real agent sends its lines to nobody.

    Whatever becomes of the test, each agent ends with it, and so do the commands it started.
    """
    started: list[int] = []

    def run(text: str) -> str:
        script = shlex.quote(agent_control.SCRIPT)
        text = f"{text.format(script=script, host='127.0.0.1', port=9)}\necho $output"
        text = text.replace(agent_control.LOG, str(tmp_path / "agent"))
        command = ["bash", "-c", text]
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        if output == "started\n":
            started.append(int((tmp_path / "agent.pid").read_text()))
        return output

    yield run
    for agent in started:
        end(agent)


def end(agent: int) -> None:
    """End an agent with all that it started; it may be too young to lead its group."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            kill(agent, signal.SIGKILL)


def has_ended(pid: int) -> bool:
    return not Path(f"/proc/{pid}/exe").exists()


def test_an_agent_is_started_unless_it_runs_and_its_log_goes_on(
    script: Script, tmp_path: Path
) -> None:
    log, number = tmp_path / "agent", tmp_path / "agent.pid"
    printed = lambda: " runs=" in log.read_text()  # noqa: E731

    assert script(agent_control.START) == "started\n"
    wait_until("it has printed a line", printed, every=timedelta(milliseconds=50))
    assert script(agent_control.START) == "running\n"

    first = int(number.read_text())
    os.kill(first, signal.SIGKILL)
    wait_until("it has ended", lambda: has_ended(first))
    log.write_text("a line of the first one\n")
    assert script(agent_control.START) == "started\n"
    wait_until("it has printed a line", printed, every=timedelta(milliseconds=50))

    output = script(agent_control.READ)
    assert output.startswith("a line of the first one\n")
    assert " runs=" in output


def test_another_process_under_the_agents_number_is_no_agent(
    script: Script, tmp_path: Path
) -> None:
    with running("sleep", "20") as stranger:
        (tmp_path / "agent.pid").write_text(f"{stranger.pid}\n")
        assert script(agent_control.START) == "started\n"


def test_a_test_begins_without_the_lines_from_before(script: Script, tmp_path: Path) -> None:
    log = tmp_path / "agent"

    def has_lines() -> bool:
        return "\n" in log.read_text()

    assert script(agent_control.START) == "started\n"
    wait_until("it has printed a line", has_lines, every=timedelta(milliseconds=50))
    log.write_text("an early line\n" * 9)
    assert script(f"{agent_control.BEGIN}; {agent_control.START}") == "running\n"
    wait_until("it has printed another", has_lines, every=timedelta(milliseconds=50))
    assert "early" not in log.read_text()
    assert log.read_text().startswith("boot=")
