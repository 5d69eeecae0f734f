"""What a run leaves: the page made of its Allure results, beside junit.xml and the log."""

from collections.abc import Mapping
from pathlib import Path

from harness.progress import Reporter
from harness.report.allure import ReportError, write_html


def finish_run(run: Path, reporter: Reporter, facts: Mapping[str, str]) -> None:
    """Draw the page and print where it is; one line, where it cannot be drawn.

    `facts` of the run stand on it as its environment.
    """
    results = run / "allure"
    if not any(results.glob("*.json")):
        return
    lines = [f"{name}={value}\n" for name, value in facts.items()]
    (results / "environment.properties").write_text("".join(lines))
    page = run / "report.html"
    try:
        write_html(results, page)
    except ReportError as error:
        reporter.console.print(f"no report: {error}")
    else:
        reporter.console.print(f"report: {page}")
