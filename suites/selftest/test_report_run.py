"""What a run leaves in the end: a page with the facts of the run, or one line that says why not."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from harness.progress import Reporter
from harness.report import run as module
from harness.report.allure import ReportError
from harness.report.run import finish_run


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def reporter(screen: io.StringIO) -> Reporter:
    return Reporter(Console(file=screen, width=200))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with one result."""
    (tmp_path / "allure").mkdir()
    (tmp_path / "allure" / "one-result.json").write_text("{}")
    return tmp_path


def test_the_page_knows_the_facts_of_the_run(
    run: Path, reporter: Reporter, screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[Path, Path]] = []
    monkeypatch.setattr(module, "write_html", lambda *given: drawn.append(given))
    finish_run(run, reporter, {"profile": "tcg", "release": "bookworm"})
    facts = (run / "allure" / "environment.properties").read_text()
    assert facts == "profile=tcg\nrelease=bookworm\n"
    assert drawn == [(run / "allure", run / "report.html")]
    assert screen.getvalue() == f"report: {run / 'report.html'}\n"


def test_a_page_that_cannot_be_drawn_is_one_line(
    run: Path, reporter: Reporter, screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Path) -> None:
        raise ReportError("Allure is not installed")

    monkeypatch.setattr(module, "write_html", refuse)
    finish_run(run, reporter, {})
    assert screen.getvalue() == "no report: Allure is not installed\n"


def test_a_run_without_a_result_has_no_page(
    tmp_path: Path, reporter: Reporter, screen: io.StringIO
) -> None:
    finish_run(tmp_path, reporter, {})
    assert screen.getvalue() == ""
    assert not (tmp_path / "allure").exists()
