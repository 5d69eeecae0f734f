"""What tests that run tests of their own give them in place of a real lab."""

from pathlib import Path

import pytest

from harness.lab.lab import Lab
from harness.pytest_plugin.stash import RUN
from suites.selftest.trials import Stage


class Outside:
    """What the inner tests find in place of a real lab; a plugin of their run."""

    def __init__(self, stage: Stage, run: Path) -> None:
        self._stage, self._run = stage, run

    @pytest.fixture
    def restored(self) -> Lab:
        return self._stage.lab

    @pytest.fixture
    def stage(self) -> Stage:
        return self._stage

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[RUN] = self._run

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
