"""The exit status of a run tells whose turn it is, as that of `quorate` does."""

import sys
from collections.abc import Generator

import pytest

from harness.errors import Exit
from harness.pytest_plugin.stash import is_invalid, is_of_lab


class _Interrupts:
    """Notes whether a person interrupted the run: pytest ends with 2 then, as for other ends."""

    def __init__(self) -> None:
        self.seen = False

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Also called for pytest.exit."""
        self.seen = excinfo.errisinstance(KeyboardInterrupt)


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """What cannot be used ends with 2, where pytest has 4; an interrupt with 130."""
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
    """A run in which the cluster never failed has an exit status of its own."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus != Exit.FAILED or terminal is None:
        return
    bad = [*terminal.stats.get("failed", []), *terminal.stats.get("error", [])]
    if bad and all(map(is_of_lab, bad)):
        session.exitstatus = Exit.INVALID if all(map(is_invalid, bad)) else Exit.LAB
