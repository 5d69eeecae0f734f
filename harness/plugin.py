"""pytest's side of Quorate: options, the run's folder, three verdicts, the report."""

import datetime
import logging
import os
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from rich.console import Console

from harness.faults.fault import Invalid
from harness.lab.state import PROJECT
from harness.milestones import milestones
from harness.plan import DEFAULT_PLAN, Plan, PlanError, load
from harness.progress import reporter
from harness.report.run import finish_run
from harness.report.verdicts import repeated, spread, stored, told

PLAN = pytest.StashKey[Plan]()
RUN = pytest.StashKey[Path]()
UNFIT = pytest.StashKey[Callable[[], str | None]]()
"""Asked when a test failed: why its lab can bear no verdict, None when it can."""
EVIDENCE = pytest.StashKey[Callable[[], None]]()
"""Keeps all that is to be seen at this moment, in the test's folder."""
INVALID = "invalid"
FAILURES = (Exception, pytest.fail.Exception)
"""pytest's own way to fail is no Exception."""


class Observed(Protocol):
    """A test that is observed and judged."""

    def passed(self) -> None:
        """Its body passed; raises when that is not the whole truth."""

    def failed(self, error: BaseException) -> None:
        """It failed, its evidence is kept. Raises Invalid when the lab is to blame."""

    def told(self) -> str:
        """Its story."""


TRIAL = pytest.StashKey[Observed]()


@dataclass(frozen=True)
class Settings:
    """What the person asked for, by option or by environment variable."""

    plan_file: Path
    lab: str
    lab_dir: Path
    accel: str
    keep_lab: bool


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of a run; each that a script may want to set once is an environment variable too."""
    env = os.environ.get
    group = parser.getgroup("quorate", "the lab and its cluster")
    group.addoption(
        "--plan", default=env("QUORATE_PLAN", str(DEFAULT_PLAN)), help="plan of the lab"
    )
    group.addoption("--lab", default=env("QUORATE_LAB", "default"), help="name of the lab")
    group.addoption(
        "--lab-dir",
        default=env("QUORATE_LAB_DIR", str(PROJECT / ".lab")),
        help="folder of images, machines and checkpoints",
    )
    group.addoption(
        "--accel",
        default=env("QUORATE_ACCEL", "auto"),
        choices=["auto", "kvm", "tcg"],
        help="how nodes run",
    )
    group.addoption(
        "--freeze-on-failure",
        action="store_true",
        help="save the lab of a failed test as it stands, for `quorate thaw`",
    )
    group.addoption(
        "--evidence",
        action="store_true",
        help="keep evidence of passed tests too: states, journals, consoles, scheduler inputs",
    )
    group.addoption(
        "--repeat", type=int, default=1, metavar="N", help="run each test that harms N times"
    )
    group.addoption("--keep-lab", action="store_true", help="leave the lab up when the run ends")


def settings(config: pytest.Config) -> Settings:
    """The settings of this run."""
    get = config.getoption
    lab_dir = Path(get("--lab-dir")).resolve()
    plan_file = Path(get("--plan")).resolve()
    return Settings(plan_file, get("--lab"), lab_dir, get("--accel"), get("--keep-lab"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the plan, since tests are made for its guests, and open the run's folder."""
    try:
        config.stash[PLAN] = load(settings(config).plan_file)
    except PlanError as error:
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
    """A test that cannot begin leaves evidence too."""
    try:
        yield
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
    except FAILURES as error:
        _keep_evidence(item)
        if (unfit := item.stash.get(UNFIT, None)) and (reason := unfit()):
            raise Invalid(reason) from None
        if trial:
            item.add_report_section("call", "story", trial.told())
            trial.failed(error)
        raise
    if item.config.getoption("--evidence"):
        _keep_evidence(item)


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
    if invalid:
        item.user_properties.append(("verdict", INVALID))
    report = yield
    if call.when == "call":
        milestones.reach("verdict")
    if call.excinfo is not None and invalid:
        report.longrepr = f"INVALID: {call.excinfo.value}"
        report.when = "setup"  # an error in junit.xml too, which goes by the phase alone
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
    for name, plain in judged.items():
        terminalreporter.write_line("\n  ".join([name, *told(plain)]))
    if config.getoption("--repeat") > 1:
        for name, repeats in repeated(judged).items():
            reporter.console.print(f"\n{name}", spread(repeats), sep="\n", markup=False)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The report, after every plugin has written its part."""
    run = config.stash.get(RUN, None)
    if run is not None:
        finish_run(run, reporter)
        milestones.reach("end")
        milestones.write(run / "run.json")


def folder_of(item: pytest.Item) -> Path:
    """The folder of one test in the run's folder."""
    name = item.nodeid.replace("/", ".").replace("::", ".")
    folder = item.config.stash[RUN] / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
