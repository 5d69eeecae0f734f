"""Fixtures for a shell over fake connections."""

from pathlib import Path

import pytest

from harness.target import shell as seam
from harness.target.shell import SshShell
from suites.selftest.shell.connection import FakeConnection, answering


@pytest.fixture
def fabric(monkeypatch: pytest.MonkeyPatch) -> type[FakeConnection]:
    """The class of all connections of a test."""

    class Connections(FakeConnection):
        answers = answering()
        refuses = False

    Connections.made = []
    monkeypatch.setattr(seam, "Connection", Connections)
    return Connections


@pytest.fixture
def shell() -> SshShell:
    return SshShell(Path("key"))
