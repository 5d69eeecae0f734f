"""What tests that run tests of their own give them in place of a real lab."""

from pathlib import Path

import pytest

from harness.lab.lab import Lab
from harness.pytest_plugin.stash import RUN
from suites.selftest.trials import Stage

STAGE = pytest.StashKey[Stage]()
CONFTEST = "from suites.selftest.outside import restored, stage\n"
"""Fixtures of a conftest.py take precedence over those of any plugin, whatever their order."""


@pytest.fixture
def stage(pytestconfig: pytest.Config) -> Stage:
    return pytestconfig.stash[STAGE]


@pytest.fixture
def restored(stage: Stage) -> Lab:
    return stage.lab


class Outside:
    """A plugin of the inner run: its folder and its stage."""

    def __init__(self, stage: Stage, run: Path) -> None:
        self._stage, self._run = stage, run

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[RUN] = self._run
        config.stash[STAGE] = self._stage

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Self-tests write no report."""
        del config.stash[RUN]


class NoExpiry:
    """Of a fault that ends with its test."""

    def __init__(self, *_: object) -> None:
        pass

    def cancel(self) -> None:
        pass
