"""Steps are seen while a test's output is captured: on a terminal, and in a pipe as in CI."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.lab.state import PROJECT

CODE = """
import pytest
from harness.progress import reporter

@pytest.fixture
def lab():
    print("captured")
    with reporter.step("booting the machines"):
        pass

def test_one(): pass
def test_two(lab): pass
"""
ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """pytest as a process, with the harness, on a suite of its own."""
    (tmp_path / "selftest").mkdir()
    (tmp_path / "selftest" / "test_it.py").write_text(CODE)
    plugin = ("-p", "harness.pytest_plugin.plugin", "-p", "no:cacheprovider")
    where = ("--rootdir", str(tmp_path), "-c", os.devnull)
    return [sys.executable, "-m", "pytest", *plugin, *where, str(tmp_path / "selftest")]


def test_in_a_pipe_each_step_is_a_line_with_its_time(command: list[str]) -> None:
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^booting the machines: \d+\.\d s$", done.stdout, re.MULTILINE)
    assert "captured" not in done.stdout


def test_on_a_terminal_a_step_is_seen_while_it_runs(command: list[str]) -> None:
    screen, process_side = pty.openpty()
    process = subprocess.Popen(command, cwd=PROJECT, stdout=process_side, stderr=process_side)
    os.close(process_side)
    shown = b""
    try:
        while block := os.read(screen, 65536):
            shown += block
    except OSError:
        pass  # the other side is closed
    finally:
        os.close(screen)
    assert process.wait() == 0, shown
    lines = ESCAPE.sub(b"", shown).decode()
    assert re.search(r"booting the machines \d+ s", lines), lines
    assert re.search(r"booting the machines: \d+\.\d s", lines), lines
