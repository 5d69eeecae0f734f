"""The tests of several runs as one table, and as one Allure page."""

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from harness.report.allure import write_html
from harness.runs.durations import Duration, durations
from harness.runs.store import Service, StoredVerdict, stored

HEAD = ("test", "verdict", "seconds", "harness", "longest outage of reads", "of writes")


def join_tables(runs: Sequence[Path]) -> Table:
    """Return a table of all tests: verdict, duration, and the longest outages of any guest."""
    table = Table(*HEAD, box=None, pad_edge=False)
    for run in runs:
        took = {duration.test: duration for duration in durations(run)}
        for test, verdict in stored(run).items():
            words = (verdict.verdict.value, *_times(took.get(test)), *_outages(verdict))
            table.add_row(escape(test), *words)
    return table


def join_pages(runs: Sequence[Path], page: Path) -> None:
    """Write the Allure results of all runs to one HTML file.

    Raises:
        ReportError: Allure is not installed, or made no page.
    """
    with tempfile.TemporaryDirectory(prefix="quorate-report-") as folder:
        for run in runs:
            shutil.copytree(run / "allure", folder, dirs_exist_ok=True)
        write_html(Path(folder), page)


def _times(took: Duration | None) -> tuple[str, str]:
    return (f"{took.whole_s:.0f}", f"{took.harness_s:.0f}") if took else ("", "")


def _outages(verdict: StoredVerdict) -> tuple[str, str]:
    return _longest(verdict.reads.values()), _longest(verdict.writes.values())


def _longest(services: Iterable[Service]) -> str:
    lengths = [outage.length_s for service in services for outage in service.outages]
    return f"{max(lengths):.1f}" if lengths else "none"
