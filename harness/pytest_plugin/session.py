"""A run of pytest: its plan, its folder, its progress and its summary."""

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from rich.console import Console

from harness.changes.change import load_change
from harness.errors import InputError
from harness.judge.limits import check as check_objectives
from harness.plan.load import load
from harness.plan.plan import Plan
from harness.progress import reporter
from harness.pytest_plugin.options import Settings, add_options, settings
from harness.pytest_plugin.stash import BEGAN, PLAN, RUN
from harness.report.run import finish_run
from harness.report.verdicts import describe, spread
from harness.runs.compare import repeated
from harness.runs.durations import durations, summary
from harness.runs.run_folder import LATEST, make_run
from harness.runs.run_metadata import milestones
from harness.runs.store import stored
from harness.target.inventory import load_inventory

LISTS = ("collectonly", "help", "showfixtures", "show_fixtures_per_test", "markers", "setupplan")
"""Options with which pytest runs no test."""
MARKERS = (
    "slow: takes many minutes or needs its own lab; runs only with -m slow",
    "quick: one of the few tests to run after each change, with -m quick",
    "one_guest: runs for the first guest only, because the data nodes are alike",
    "minutes: takes more than two minutes in emulation; -m 'not minutes' leaves it out",
    "power: a fault of power or of a whole machine",
    "network: a fault of links and packets",
    "storage: a fault of disks, file systems and replicas",
    "process: a fault of a daemon or of a guest",
    "fencing: a fault of fencing",
    "operations: what a person does to a cluster",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options. See harness/pytest_plugin/options.py."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the plan, whose guests parametrize tests, and make the run's folder."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    try:
        options = settings(config)
        config.stash[PLAN] = load(
            options.plan_file, profiles=options.profiles, settings=options.overrides
        )
        _check(options, config.stash[PLAN])
    except InputError as error:
        raise pytest.UsageError(str(error)) from None
    if _runs_tests(config) and _needs_lab(config.args):
        _open_run(config)
        reporter.remember_in(options.state.root / "steps.json")


def _check(options: Settings, plan: Plan) -> None:
    """Validate the files that are used only after minutes of building.

    Raises:
        InputError: names the file or the option.
    """
    check_objectives(options.objectives)
    for name in options.changes:
        load_change(name)
    if options.inventory is None:
        return
    load_inventory(options.inventory, plan)
    if options.changes:
        raise InputError("--change: a cluster of your own is not changed; leave out --inventory")


def _runs_tests(config: pytest.Config) -> bool:
    """Return whether pytest runs tests, and does not only list something."""
    return not any(config.getoption(name, False) for name in LISTS)


def _needs_lab(arguments: list[str]) -> bool:
    """Return whether a path is outside suites/selftest. Self-tests need no lab and no report."""
    return not all("selftest" in Path(text.split("::")[0]).parts for text in arguments)


def _open_run(config: pytest.Config) -> None:
    """Make reports/<run>/ for Allure's results, junit.xml and the log.

    Raises:
        UsageError: the folder cannot be made.
    """
    reports = config.rootpath / "reports"
    latest = reports / LATEST
    if latest.exists() and not latest.is_symlink():
        raise pytest.UsageError(f"{latest}: is no link to a run; move it away")
    try:
        run = make_run(reports)
    except OSError as error:
        raise pytest.UsageError(f"{reports}: cannot be written ({error.strerror})") from None
    config.stash[RUN] = run
    config.option.allure_report_dir = config.option.allure_report_dir or str(run / "allure")
    config.option.xmlpath = config.option.xmlpath or str(run / "junit.xml")
    handler = logging.FileHandler(run / "log.txt")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger("quorate").addHandler(handler)
    logging.getLogger("quorate").setLevel(logging.DEBUG)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Show progress on pytest's terminal, also while pytest captures a test's output.

    Capturing replaces the file descriptor during tests (_pytest/capture.py). So this hook copies
    the descriptor before, and lets pytest write to the copy as well, to keep the output in order.
    """
    terminal = session.config.get_terminal_writer()
    original = terminal._file
    with suppress(OSError, ValueError):  # a text buffer has no file descriptor
        screen = os.fdopen(os.dup(original.fileno()), "w", buffering=1, errors="replace")
        terminal._file = screen

        def restore() -> None:
            terminal._file = original
            screen.close()

        session.config.add_cleanup(restore)
    reporter.console = Console(file=terminal._file, highlight=False)
    if output := session.config.pluginmanager.get_plugin("terminalreporter"):
        # pytest writes the outcomes of a file's tests on one line.
        reporter.on_new_line = output.ensure_newline


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize tests: `guest` and `node` with those of the plan, others with repetitions."""
    plan = metafunc.config.stash[PLAN]
    for name, parts in (("guest", plan.guests), ("node", plan.nodes)):
        if name in metafunc.fixturenames:
            first = name == "guest" and metafunc.definition.get_closest_marker("one_guest")
            names = list(parts)[:1] if first else list(parts)
            metafunc.parametrize(name, [parts[name] for name in names], ids=names)
    repeats = settings(metafunc.config).repeat
    if repeats > 1 and "inject" in metafunc.fixturenames:
        metafunc.fixturenames.append("repetition")
        metafunc.parametrize("repetition", range(1, repeats + 1), ids="repeat{}".format)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the verdict of each judged test, its outages with their phases, and its writes."""
    run = config.stash.get(RUN, None)
    judged = stored(run) if run else {}
    if judged:
        terminalreporter.section("verdicts")
        terminalreporter.write_line(f"timings and limits: {milestones.facts.get('profile')}")
    for name, verdict in judged.items():
        terminalreporter.write_line("\n  ".join([name, *describe(verdict)]))
    if settings(config).repeat > 1:
        for name, repeats in repeated(judged).items():
            reporter.console.print(f"\n{name}", markup=False, soft_wrap=True)
            reporter.console.print(spread(repeats))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Make the report, after all plugins have written their results."""
    run = config.stash.get(RUN, None)
    if run is not None and BEGAN not in config.stash:
        shutil.rmtree(run, ignore_errors=True)  # no test began
    elif run is not None:
        lines = [*summary(durations(run))]
        for line in lines:
            reporter.console.print(line, markup=False, soft_wrap=True)
        finish_run(run, reporter, milestones.facts | {"durations": "; ".join(lines)})
        milestones.reach("end")
        milestones.write(run / "run.json")
