"""What pytest carries with a run and with a test."""

from collections.abc import Callable
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
"""Asked when a test failed: why its lab can bear no verdict, None when it can."""
INVALID = ("verdict", "invalid")
"""The property of an invalid test's report."""
LAB_FAILED = ("blame", "the lab")
"""A section of a report: something before or after the body failed that is not the cluster."""
EVIDENCE = pytest.StashKey[Callable[[], None]]()
"""Keeps all that is to be seen at this moment, in the test's folder."""


class Observed(Protocol):
    """A test that is observed and judged."""

    def passed(self) -> None:
        """Its body passed; raises when that is not the whole truth."""

    def failed(self, error: BaseException) -> None:
        """It failed, its evidence is taken. Raises Invalid when the lab is to blame."""

    def amend(self, error: BaseException) -> None:
        """Its teardown failed, after the verdict."""

    def discard(self) -> None:
        """It was skipped before anything was done to the cluster."""

    def describe(self) -> dict[str, str]:
        """What the report shows of it beside its promise: by title, its story among them."""


TRIAL = pytest.StashKey[Observed]()


def folder_of(item: pytest.Item) -> Path:
    """The folder of one test in the run's folder."""
    name = item.nodeid.replace("/", ".").replace("::", ".")
    folder = item.config.stash[RUN] / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_invalid(report: pytest.TestReport) -> bool:
    """Could its lab run no honest test?"""
    return INVALID in getattr(report, "user_properties", [])


def is_of_lab(report: pytest.TestReport) -> bool:
    """Did the lab fail, not the cluster?"""
    return is_invalid(report) or LAB_FAILED in report.sections
