"""Progress of long steps: shown on the terminal, and written to the run's log."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text

log = logging.getLogger("quorate")


class _ElapsedColumn(ProgressColumn):
    """Elapsed seconds of a step, and the seconds that it took the last time."""

    def render(self, task: Task) -> Text:
        usual = f" of about {task.total:.0f}" if task.total else ""
        return Text(f"{task.elapsed or 0.0:.0f}{usual} s", style="dim")


class Reporter:
    """Shows a line for each running step, and prints a permanent line when it ends."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.on_new_line: Callable[[], None] = lambda: None
        """Called before a new line. pytest sets it, because it may have written half a line."""
        self._lengths_file: Path | None = None
        self._lock = threading.Lock()
        self._open = 0
        self._live: Progress | None = None

    def remember_in(self, file: Path) -> None:
        """Store the steps' lengths in a file, so that the next run can show the usual length."""
        self._lengths_file = file

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show `title` while the context's body runs, and its length afterwards.

        Steps may overlap.
        """
        start = time.monotonic()
        log.info("%s: begins", title)
        self.on_new_line()
        task = self._show(title)
        try:
            yield
            self._remember(title, time.monotonic() - start)
        finally:
            self._hide(task)
            seconds = time.monotonic() - start
            log.info("%s: %.1f s", title, seconds)
            self.on_new_line()
            self.console.print(f"[dim]{escape(title)}: {seconds:.1f} s[/dim]")

    def _show(self, title: str) -> TaskID:
        with self._lock:
            if self._live is None:
                columns = (SpinnerColumn(), TextColumn("{task.description}"), _ElapsedColumn())
                silent = not self.console.is_terminal  # elsewhere only the line at the step's end
                self._live = Progress(
                    *columns, console=self.console, transient=True, disable=silent
                )
                self._live.start()
            self._open += 1
            return self._live.add_task(title, total=self._lengths().get(title))

    def _hide(self, task: TaskID) -> None:
        with self._lock:
            assert self._live is not None
            self._live.remove_task(task)
            self._open -= 1
            if not self._open:
                self._live.stop()
                self._live = None

    def _lengths(self) -> dict[str, float]:
        """Return the stored lengths in seconds by title. A missing or damaged file has none."""
        try:
            return dict(json.loads(self._lengths_file.read_text())) if self._lengths_file else {}
        except (OSError, ValueError, TypeError):
            return {}

    def _remember(self, title: str, seconds: float) -> None:
        with self._lock, suppress(OSError):  # a full disk must not fail the step
            if self._lengths_file:
                lengths = self._lengths() | {title: round(seconds, 1)}
                self._lengths_file.write_text(json.dumps(lengths, indent=1))


reporter = Reporter()
