"""Several runs become one table and one page."""

from pathlib import Path

import pytest

from harness.judge.verdict import judge_file
from harness.report import joined
from harness.runs.store import write_verdict
from suites.selftest.command_line import Command
from suites.selftest.verdicts import store_record

JUNIT = """<testsuites><testcase classname="suites.one" name="{0}" time="75.2"><properties>
<property name="cluster_s" value="60.1"/></properties></testcase></testsuites>"""


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """Two runs of one judged test each."""
    runs = [tmp_path / name for name in ("first", "second")]
    for run in runs:
        run.mkdir()
        folder = run / f"suites.one.py.test_{run.name}[web]"
        write_verdict(folder, judge_file(store_record(folder)))
        (run / "junit.xml").write_text(JUNIT.format(f"test_{run.name}[web]"))
        (run / "allure").mkdir()
        (run / "allure" / f"{run.name}.json").write_text("{}")
    return runs


def test_the_tests_of_all_runs_are_one_table(quorate: type[Command], parts: list[Path]) -> None:
    done = quorate("report", *parts)
    assert done.code == 0
    head, *rows = [line.split() for line in done.out.splitlines()[:3]]
    assert head[:4] == ["test", "verdict", "seconds", "harness"]
    assert [row[:4] for row in rows] == [
        ["suites.one.py.test_first[web]", "invalid", "75", "15"],
        ["suites.one.py.test_second[web]", "invalid", "75", "15"],
    ]
    assert rows[0][4] == "1.1"


def test_the_reports_of_all_runs_are_one_page(
    parts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[list[str]] = []

    def draw(results: Path, _: Path) -> None:
        drawn.append(sorted(file.name for file in results.iterdir()))

    monkeypatch.setattr(joined, "write_html", draw)
    joined.join_pages(parts, tmp_path / "page.html")
    assert drawn == [["first.json", "second.json"]]


def test_a_folder_without_a_verdict_is_named(quorate: type[Command], tmp_path: Path) -> None:
    done = quorate("report", tmp_path)
    assert done.code == 2
    assert f"{tmp_path}: no verdict in it" in done.err
