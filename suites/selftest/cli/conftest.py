"""The console script, called by a test as root would call it."""

import pytest

from harness.cli import lab_commands
from suites.selftest.cli.command import Command


@pytest.fixture
def quorate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "type[Command]":
    """The console script in this process, as root, with its exit code and what it said."""
    monkeypatch.setattr(lab_commands, "require_root", lambda: None)
    Command.patch, Command.capsys = monkeypatch, capsys
    return Command
