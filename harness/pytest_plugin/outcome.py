"""A test: its evidence, its verdict, and how pytest counts it."""

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
    is_invalid,
)
from harness.runs.run_folder import point_latest
from harness.runs.run_metadata import milestones
from harness.target.target import Unsupported

FAILURES = (Exception, pytest.fail.Exception, pytest.skip.Exception)
"""pytest's own ways to end a test are no Exceptions."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """A test that cannot begin leaves evidence too; one that the target cannot bear is skipped."""
    if BEGAN not in item.config.stash and RUN in item.config.stash:
        item.config.stash[BEGAN] = True
        point_latest(item.config.stash[RUN])
    try:
        yield
    except Unsupported as lacking:
        pytest.skip(str(lacking))
    except FAILURES:
        _keep_evidence(item)
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """After the body its verdict; after a failure the evidence, while the fault still bites.

    What failed on an unfit lab is invalid.
    """
    milestones.reach("body")
    trial = item.stash.get(TRIAL, None)
    try:
        yield
        if trial:
            trial.passed()
    except Unsupported as lacking:
        if trial:
            trial.discard()
            trial = None
        pytest.skip(str(lacking))
    except FAILURES as error:
        _keep_evidence(item)
        cause = _unfit(item) or error
        if trial:
            item.add_report_section("call", "story", trial.describe()["story"])
            trial.failed(_meaning(cause))
        raise cause from None
    finally:
        for title, text in trial.describe().items() if trial else ():
            allure.attach(text, title, allure.attachment_type.TEXT)
    if item.config.getoption("--evidence"):
        _keep_evidence(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """A fault that cannot be lifted makes a test invalid that had passed."""
    try:
        yield
    except FAILURES as error:
        if trial := item.stash.get(TRIAL, None):
            trial.amend(_meaning(error))
        raise


def _unfit(item: pytest.Item) -> Invalid | None:
    """Why the test's lab can bear no verdict."""
    ask = item.stash.get(UNFIT, None)
    reason = ask() if ask else None
    return Invalid(reason) if reason else None


def _meaning(error: BaseException) -> BaseException:
    """pytest's own ways to end a test, in the harness's terms."""
    if isinstance(error, pytest.fail.Exception):
        return ClusterError(str(error))
    if isinstance(error, pytest.skip.Exception):
        return Invalid(f"the test skipped itself while it was observed: {error}")
    return error


def _keep_evidence(item: pytest.Item) -> None:
    """Before the test is judged: a failed one may be frozen then, and its lab put back."""
    if keep := item.stash.get(EVIDENCE, None):
        keep()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """An invalid test is an error of the lab, not the cluster's failure."""
    invalid = call.excinfo is not None and call.excinfo.errisinstance(Invalid)
    broken = call.excinfo is not None and call.excinfo.errisinstance(AssertionError)
    if invalid:
        item.user_properties.append(INVALID)
    report = yield
    own = (AssertionError, pytest.fail.Exception)
    if call.excinfo is not None and call.when != "call" and not call.excinfo.errisinstance(own):
        report.sections.append(LAB_FAILED)
    if call.when == "call":
        milestones.reach("verdict")
    if call.excinfo is not None and invalid:
        report.longrepr = f"INVALID: {call.excinfo.value}"
        report.when = "setup"  # an error in junit.xml too, which goes by the phase alone
    elif broken and call.when == "setup":
        report.when = "call"  # a cluster that is broken before the fault has failed
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Count an invalid test among the errors and call it by its name."""
    if report.failed and is_invalid(report):
        return "error", "I", "INVALID"
    return None
