"""A run: its plan, its folder, its progress and its summary."""

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
from harness.runs.run_folder import LATEST, make_run
from harness.runs.run_metadata import milestones
from harness.runs.store import stored
from harness.target.inventory import load_inventory

LISTS = ("collectonly", "help", "showfixtures", "show_fixtures_per_test", "markers", "setupplan")
"""Options by which pytest only lists what there is."""
SLOW = "slow: takes many minutes, or a lab of its own; runs when asked for with -m slow"


def pytest_addoption(parser: pytest.Parser) -> None:
    """See harness/pytest_plugin/options.py."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the plan, since tests are made for its guests, and open the run's folder."""
    config.addinivalue_line("markers", SLOW)
    try:
        wish = settings(config)
        config.stash[PLAN] = load(wish.plan_file, profiles=wish.profiles, settings=wish.overrides)
        _check(wish, config.stash[PLAN])
    except InputError as error:
        raise pytest.UsageError(str(error)) from None
    if _runs_tests(config) and _wants_lab(config.args):
        _open_run(config)
        reporter.remember_in(wish.state.root / "steps.json")


def _check(wish: Settings, plan: Plan) -> None:
    """Refuse now what would be read only after minutes of building.

    Raises:
        InputError: names the file, or the option.
    """
    check_objectives(wish.objectives)
    for name in wish.changes:
        load_change(name)
    if wish.inventory is None:
        return
    load_inventory(wish.inventory, plan)
    if wish.changes:
        raise InputError("--change: a cluster of your own is not changed; leave out --inventory")


def _runs_tests(config: pytest.Config) -> bool:
    """Or does it only list what there is?"""
    return not any(config.getoption(name, False) for name in LISTS)


def _wants_lab(arguments: list[str]) -> bool:
    """Self-tests need no lab and write no report."""
    return not all("selftest" in Path(text.split("::")[0]).parts for text in arguments)


def _open_run(config: pytest.Config) -> None:
    """reports/<run>/ with Allure's results, junit.xml and the log."""
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
    """Progress is shown where pytest's own output is, also while a test's output is captured.

    Capturing replaces the file descriptor within tests (pytest's _pytest/capture.py). A copy of it
    is taken while nothing is captured, and pytest itself writes to the copy too, so that both keep
    their order.
    """
    terminal = session.config.get_terminal_writer()
    original = terminal._file
    with suppress(OSError, ValueError):  # a text buffer has no descriptor
        screen = os.fdopen(os.dup(original.fileno()), "w", buffering=1, errors="replace")
        terminal._file = screen

        def restore() -> None:
            terminal._file = original
            screen.close()

        session.config.add_cleanup(restore)
    reporter.console = Console(file=terminal._file, highlight=False)
    if output := session.config.pluginmanager.get_plugin("terminalreporter"):
        # pytest writes the outcomes of a file's tests into one line.
        reporter.on_new_line = output.ensure_newline


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `guest` or `node` is made for each of the plan, none is named in it."""
    plan = metafunc.config.stash[PLAN]
    for name, parts in (("guest", plan.guests), ("node", plan.nodes)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, parts.values(), ids=list(parts))
    repeats = settings(metafunc.config).repeat
    if repeats > 1 and "inject" in metafunc.fixturenames:
        metafunc.fixturenames.append("repetition")
        metafunc.parametrize("repetition", range(1, repeats + 1), ids="repeat{}".format)


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
    if settings(config).repeat > 1:
        for name, repeats in repeated(judged).items():
            reporter.console.print(f"\n{name}", markup=False, soft_wrap=True)
            reporter.console.print(spread(repeats))


def pytest_unconfigure(config: pytest.Config) -> None:
    """The report, after every plugin has written its part."""
    run = config.stash.get(RUN, None)
    if run is not None and BEGAN not in config.stash:
        shutil.rmtree(run, ignore_errors=True)  # nothing was tested
    elif run is not None:
        finish_run(run, reporter, milestones.facts)
        milestones.reach("end")
        milestones.write(run / "run.json")
