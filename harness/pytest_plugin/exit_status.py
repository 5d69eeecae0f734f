"""The exit status of a run, by the cause of its failures. See `harness.errors.Exit`."""

import sys
from collections.abc import Generator

import pytest

from harness.errors import Exit
from harness.pytest_plugin.stash import is_invalid, is_lab_failure


class _Interrupts:
    """Records whether the user interrupted the run. pytest's own status 2 has other causes too."""

    def __init__(self) -> None:
        self.seen = False

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Record a KeyboardInterrupt. pytest calls this hook for pytest.exit as well."""
        self.seen = excinfo.errisinstance(KeyboardInterrupt)


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Exit with 2 for an unusable option (pytest's own status is 4), and 130 for an interrupt."""
    interrupts = _Interrupts()
    config.pluginmanager.register(interrupts)
    try:
        status = yield
    except pytest.UsageError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return Exit.USAGE
    return Exit.INTERRUPTED if interrupts.seen else status


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Exit with INVALID or LAB if no failure of the run is the cluster's."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus != Exit.FAILED or terminal is None:
        return
    failures = [*terminal.stats.get("failed", []), *terminal.stats.get("error", [])]
    if failures and all(map(is_lab_failure, failures)):
        session.exitstatus = Exit.INVALID if all(map(is_invalid, failures)) else Exit.LAB
