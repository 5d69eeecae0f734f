"""The report page of a run, made from its Allure results."""

from collections.abc import Mapping
from pathlib import Path

from harness.progress import Reporter
from harness.report.allure import ReportError, write_html


def finish_run(run: Path, reporter: Reporter, facts: Mapping[str, str]) -> None:
    """Write report.html and print its path, or one line with the reason if that fails.

    The page shows `facts` as the environment of the run.
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
