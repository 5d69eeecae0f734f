"""Tell a person what a long step does; keep every line of it in the run's log."""

import logging
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

log = logging.getLogger("quorate")


class StepError(Exception):
    """A step failed; the message is one line that names the way out."""


class Reporter:
    """One line on the terminal that changes while a step runs, one that stays when it ends."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self._open: list[str] = []
        self._lock = threading.Lock()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show `title` while the body runs and its length when it ends; steps may overlap."""
        start = time.monotonic()
        log.info("%s: begins", title)
        with self._lock:
            self._open.append(title)
        spinner = self.console.status(self._now()) if len(self._open) == 1 else None
        try:
            if spinner:
                spinner.start()
            yield
        finally:
            if spinner:
                spinner.stop()
            with self._lock:
                self._open.remove(title)
            seconds = time.monotonic() - start
            log.info("%s: %.1f s", title, seconds)
            self.console.print(f"[dim]{title}: {seconds:.1f} s[/dim]")

    def _now(self) -> str:
        return ", ".join(self._open)


reporter = Reporter()


def run(
    command: Sequence[str | Path],
    *,
    hint: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str = "",
    deadline_s: float | None = None,
) -> str:
    """Run a command of this machine, log its output line by line, return it.

    Raises:
        StepError: names the command, its last line and `hint`, the way out.
    """
    words = [str(word) for word in command]
    log.debug("$ %s", " ".join(words))
    try:
        done = subprocess.run(
            words,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            timeout=deadline_s,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise StepError(
            f"{words[0]} is not installed; type `make up` to install what is missing"
        ) from None
    except subprocess.TimeoutExpired:
        raise StepError(f"{words[0]} gave no result in {deadline_s:.0f} s; {hint}") from None
    for line in done.stdout.splitlines():
        log.debug("%s: %s", Path(words[0]).name, line)
    if done.returncode:
        last = (done.stdout.strip().splitlines() or ["no output"])[-1]
        raise StepError(f"{Path(words[0]).name} failed ({last}); {hint}")
    return done.stdout
