"""What a run leaves: the page made of its Allure results, beside junit.xml and the log."""

from pathlib import Path

from harness.progress import Reporter
from harness.report.allure import ReportError, write_html


def finish_run(run: Path, reporter: Reporter) -> None:
    """Draw the page and say where it is; a page that cannot be drawn is said in one line."""
    results = run / "allure"
    if not any(results.glob("*.json")):
        return
    page = run / "report.html"
    try:
        write_html(results, page)
    except ReportError as error:
        reporter.console.print(f"no report: {error}")
    else:
        reporter.console.print(f"report: {page}")
