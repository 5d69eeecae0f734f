"""The outcome of a test: its evidence, its verdict, and its category in pytest."""

from collections.abc import Generator

import allure
import pytest

from harness.errors import ClusterError, Invalid
from harness.pytest_plugin.stash import (
    BEGAN,
    EVIDENCE,
    INVALID,
    LAB_FAILED,
    RUN,
    TRIAL,
    UNFIT,
    Observed,
    is_invalid,
)
from harness.runs.durations import CLUSTER_S
from harness.runs.run_folder import point_latest
from harness.runs.run_metadata import milestones
from harness.target.target import Unsupported

FAILURES = (Exception, pytest.fail.Exception, pytest.skip.Exception)
"""Exceptions that end a test. Those of pytest.fail and pytest.skip do not derive from Exception."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Collect evidence if the setup fails, and skip a test that the target does not support."""
    if BEGAN not in item.config.stash and RUN in item.config.stash:
        item.config.stash[BEGAN] = True
        point_latest(item.config.stash[RUN])
    try:
        yield
    except Unsupported as error:
        pytest.skip(str(error))
    except FAILURES:
        _collect_evidence(item)
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Judge the test after its body. After a failure, collect evidence while the fault bites.

    A failure on an unfit lab makes the test invalid.
    """
    milestones.reach("body")
    trial = item.stash.get(TRIAL, None)
    try:
        yield
        if trial:
            trial.passed()
    except Unsupported as error:
        if trial:
            trial.discard()
            trial = None
        pytest.skip(str(error))
    except FAILURES as error:
        _collect_evidence(item)
        cause = _unfit_lab(item) or error
        if not trial or _failed(item, trial, cause):
            raise cause from None
    finally:
        if trial:
            _report(item, trial)
    if item.config.getoption("--evidence"):
        _collect_evidence(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Amend the verdict if the teardown fails, for instance because a fault cannot be lifted."""
    try:
        yield
    except FAILURES as error:
        if trial := item.stash.get(TRIAL, None):
            trial.amend(_translate(error))
        raise


def _failed(item: pytest.Item, trial: Observed, error: BaseException) -> bool:
    """Judge a test that ended with an error. Return False if a known gap explains it."""
    item.add_report_section("call", "story", trial.describe()["story"])
    return trial.failed(_translate(error))


def _report(item: pytest.Item, trial: Observed) -> None:
    """Attach the trial's texts to the report, and its duration to junit.xml."""
    item.user_properties.append((CLUSTER_S, f"{trial.cluster_time.total_seconds():.1f}"))
    for title, text in trial.describe().items():
        allure.attach(text, title, allure.attachment_type.TEXT)


def _unfit_lab(item: pytest.Item) -> Invalid | None:
    """Return Invalid with the reason if the test's lab is unfit, else None."""
    get_reason = item.stash.get(UNFIT, None)
    reason = get_reason() if get_reason else None
    return Invalid(reason) if reason else None


def _translate(error: BaseException) -> BaseException:
    """Return the harness's exception for those of pytest.fail and pytest.skip."""
    if isinstance(error, pytest.fail.Exception):
        return ClusterError(str(error))
    if isinstance(error, pytest.skip.Exception):
        return Invalid(f"the test skipped itself while it was observed: {error}")
    return error


def _collect_evidence(item: pytest.Item) -> None:
    """Collect evidence, before the judgement may freeze the lab and restore it."""
    if collect := item.stash.get(EVIDENCE, None):
        collect()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report an invalid test as an error of the lab, not as the cluster's failure."""
    invalid = call.excinfo is not None and call.excinfo.errisinstance(Invalid)
    broken = call.excinfo is not None and call.excinfo.errisinstance(AssertionError)
    if invalid:
        item.user_properties.append(INVALID)
    report = yield
    cluster = (AssertionError, pytest.fail.Exception)
    if call.excinfo is not None and call.when != "call" and not call.excinfo.errisinstance(cluster):
        report.sections.append(LAB_FAILED)
    if call.when == "call":
        milestones.reach("verdict")
    if call.excinfo is not None and invalid:
        report.longrepr = f"INVALID: {call.excinfo.value}"
        report.when = "setup"  # junit.xml distinguishes errors and failures by the phase alone
    elif broken and call.when == "setup":
        report.when = "call"  # a cluster that is broken before the fault is a failure
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Count an invalid test as an error, with the word INVALID."""
    if report.failed and is_invalid(report):
        return "error", "I", "INVALID"
    return None
