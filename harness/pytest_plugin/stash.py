"""Data that the plugin stores in pytest's stash, for a run or for a test."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from harness.plan.plan import Plan

PLAN = pytest.StashKey[Plan]()
RUN = pytest.StashKey[Path]()
"""Folder of a run that tests a cluster."""
BEGAN = pytest.StashKey[bool]()
"""Set when the first test of a run begins."""
UNFIT = pytest.StashKey[Callable[[], str | None]]()
"""Returns why a failed test's lab is unfit for a verdict, or None if it is fit."""
INVALID = ("verdict", "invalid")
"""The property of an invalid test's report."""
LAB_FAILED = ("blame", "the lab")
"""A section of a report: setup or teardown failed, and not because of the cluster."""
EVIDENCE = pytest.StashKey[Callable[[], None]]()
"""Collects the evidence of this moment in the test's folder."""


class Observed(Protocol):
    """A test that is observed and judged. `Trial` implements it."""

    @property
    def cluster_time(self) -> timedelta:
        """Time from the settled cluster to the recovered one."""

    def passed(self) -> None:
        """Judge a test whose body passed. Raises if the verdict is not `pass`."""

    def failed(self, error: BaseException) -> bool:
        """Judge a failed test, after its evidence is collected. Raises Invalid for an unfit lab.

        Returns False if a known gap explains the failure.
        """

    def amend(self, error: BaseException) -> None:
        """Add a failure of the teardown to the verdict."""

    def discard(self) -> None:
        """Delete the record of a test that was skipped before it changed the cluster."""

    def describe(self) -> dict[str, str]:
        """Return the texts for the report by title. One of them is `story`."""


TRIAL = pytest.StashKey[Observed]()


def folder_of(item: pytest.Item) -> Path:
    """Return the folder of a test in the run's folder, and make it."""
    name = item.nodeid.replace("/", ".").replace("::", ".")
    folder = item.config.stash[RUN] / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_invalid(report: pytest.TestReport) -> bool:
    """Return whether the test is invalid."""
    return INVALID in getattr(report, "user_properties", [])


def is_lab_failure(report: pytest.TestReport) -> bool:
    """Return whether the lab failed, and not the cluster."""
    return is_invalid(report) or LAB_FAILED in report.sections
