"""A fake lab for self-tests that run pytest themselves."""

from pathlib import Path

import pytest

from harness.lab.lab import Lab
from harness.pytest_plugin.stash import RUN
from suites.selftest.trials import Stage

STAGE = pytest.StashKey[Stage]()
CONFTEST = "from suites.selftest.outside import restored, stage\n"
"""conftest.py of the inner run. Its fixtures take precedence over those of any plugin."""


@pytest.fixture
def stage(pytestconfig: pytest.Config) -> Stage:
    return pytestconfig.stash[STAGE]


@pytest.fixture
def restored(stage: Stage) -> Lab:
    return stage.lab


class StagePlugin:
    """A plugin that gives the inner run its folder and its stage."""

    def __init__(self, stage: Stage, run: Path) -> None:
        self._stage, self._run = stage, run

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[RUN] = self._run
        config.stash[STAGE] = self._stage

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Remove the run's folder from the stash, so that no report is made."""
        del config.stash[RUN]


class NoExpiry:
    """An expiry that does nothing."""

    def __init__(self, *_: object) -> None:
        pass

    def cancel(self) -> None:
        pass
