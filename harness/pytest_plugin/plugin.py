"""pytest's side of Quorate: the run's folder, three verdicts, the report."""

import datetime
import logging
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Protocol

import allure
import pytest
from rich.console import Console

from harness.errors import ClusterError, InputError, Invalid
from harness.lab.state import PROJECT
from harness.plan.load import load
from harness.plan.plan import Plan
from harness.progress import reporter
from harness.pytest_plugin.options import add_options, settings
from harness.report.run import finish_run
from harness.report.verdicts import describe, spread
from harness.runs.compare import repeated
from harness.runs.run_metadata import milestones
from harness.runs.store import stored
from harness.target.target import Unsupported

PLAN = pytest.StashKey[Plan]()
RUN = pytest.StashKey[Path]()
UNFIT = pytest.StashKey[Callable[[], str | None]]()
"""Asked when a test failed: why its lab can bear no verdict, None when it can."""
EVIDENCE = pytest.StashKey[Callable[[], None]]()
"""Keeps all that is to be seen at this moment, in the test's folder."""
INVALID = "invalid"
FAILURES = (Exception, pytest.fail.Exception, pytest.skip.Exception)
"""pytest's own ways to end a test are no Exceptions."""


class Observed(Protocol):
    """A test that is observed and judged."""

    def passed(self) -> None:
        """Its body passed; raises when that is not the whole truth."""

    def failed(self, error: BaseException) -> None:
        """It failed, its evidence is taken. Raises Invalid when the lab is to blame."""

    def amend(self, error: BaseException) -> None:
        """Its teardown failed, after the verdict."""

    def describe(self) -> dict[str, str]:
        """What the report shows of it beside its promise: by title, its story among them."""


TRIAL = pytest.StashKey[Observed]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """See harness/pytest_plugin/options.py."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the plan, since tests are made for its guests, and open the run's folder."""
    try:
        config.stash[PLAN] = load(settings(config).plan_file)
    except InputError as error:
        raise pytest.UsageError(str(error)) from None
    if not config.option.collectonly and not config.option.help and _wants_lab(config.args):
        _open_run(config)
        reporter.remember_in(settings(config).lab_dir / "steps.json")


def _wants_lab(arguments: list[str]) -> bool:
    """Self-tests need no lab and write no report."""
    return not all("selftest" in Path(text.split("::")[0]).parts for text in arguments)


def _open_run(config: pytest.Config) -> None:
    """reports/<run>/ with Allure's results, junit.xml and the log."""
    started = datetime.datetime.now().astimezone()
    run = PROJECT / "reports" / started.strftime("%Y-%m-%d_%H%M%S")
    run.mkdir(parents=True)
    config.stash[RUN] = run
    config.option.allure_report_dir = config.option.allure_report_dir or str(run / "allure")
    config.option.xmlpath = config.option.xmlpath or str(run / "junit.xml")
    handler = logging.FileHandler(run / "log.txt")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger("quorate").addHandler(handler)
    logging.getLogger("quorate").setLevel(logging.DEBUG)
    latest = run.parent / "latest"
    latest.unlink(missing_ok=True)
    latest.symlink_to(run.name)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Progress goes to the real terminal, not into a test's captured output."""
    terminal = session.config.get_terminal_writer()
    reporter.console = Console(file=terminal._file, highlight=False)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `guest` or `node` is made for each of the plan, none is named in it."""
    plan = metafunc.config.stash[PLAN]
    for name, parts in (("guest", plan.guests), ("node", plan.nodes)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, parts.values(), ids=list(parts))
    repeats = metafunc.config.getoption("--repeat")
    if repeats > 1 and "inject" in metafunc.fixturenames:
        metafunc.fixturenames.append("repetition")
        metafunc.parametrize("repetition", range(1, repeats + 1), ids="repeat{}".format)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """A test that cannot begin leaves evidence too; one that the target cannot bear is skipped."""
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
        item.user_properties.append(("verdict", INVALID))
    report = yield
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
    if report.failed and ("verdict", INVALID) in getattr(report, "user_properties", []):
        return "error", "I", "INVALID"
    return None


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Each judged test: its outages with their phases, its writes, its verdict."""
    run = config.stash.get(RUN, None)
    judged = stored(run) if run else {}
    if judged:
        terminalreporter.section("verdicts")
        terminalreporter.write_line(f"timings and limits: {milestones.facts.get('profile')}")
    for name, verdict in judged.items():
        terminalreporter.write_line("\n  ".join([name, *describe(verdict)]))
    if config.getoption("--repeat") > 1:
        for name, repeats in repeated(judged).items():
            reporter.console.print(f"\n{name}", markup=False, soft_wrap=True)
            reporter.console.print(spread(repeats))


def pytest_unconfigure(config: pytest.Config) -> None:
    """The report, after every plugin has written its part."""
    run = config.stash.get(RUN, None)
    if run is not None:
        finish_run(run, reporter, milestones.facts)
        milestones.reach("end")
        milestones.write(run / "run.json")


def folder_of(item: pytest.Item) -> Path:
    """The folder of one test in the run's folder."""
    name = item.nodeid.replace("/", ".").replace("::", ".")
    folder = item.config.stash[RUN] / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
