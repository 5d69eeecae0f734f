"""The folder of a run: made for a lab's tests only, and `latest` always names the newest."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.pytest_plugin import session, stash
from harness.runs.run_folder import make_run, point_latest, runs

pytest_plugins = ["pytester"]


@pytest.fixture
def config(
    pytester: pytest.Pytester,
) -> Iterator[pytest.Config]:
    """A run's configuration, with nothing asked for."""
    logger = logging.getLogger("quorate")
    handlers, level = list(logger.handlers), logger.level
    yield pytester.parseconfig()
    for handler in set(logger.handlers) - set(handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(level)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["suites/selftest"], False),
        (["suites/selftest/test_plan.py::test_one", "suites/selftest"], False),
        (["suites"], True),
        (["suites/selftest", "suites/failover"], True),
    ],
)
def test_only_the_self_tests_need_no_lab(arguments: list[str], wanted: bool) -> None:
    assert session._needs_lab(arguments) is wanted


def test_results_and_log_are_kept_in_the_runs_folder(config: pytest.Config) -> None:
    session._open_run(config)
    run = config.stash[stash.RUN]
    assert config.option.allure_report_dir == str(run / "allure")
    assert config.option.xmlpath == str(run / "junit.xml")
    logging.getLogger("quorate").debug("a detail")
    assert "DEBUG a detail" in (run / "log.txt").read_text()


def test_a_person_may_ask_for_results_elsewhere(config: pytest.Config) -> None:
    config.option.allure_report_dir, config.option.xmlpath = "here", "there.xml"
    session._open_run(config)
    assert config.option.allure_report_dir == "here"
    assert config.option.xmlpath == "there.xml"


def test_latest_names_the_run_that_it_was_pointed_to(tmp_path: Path) -> None:
    for name in ("older", "newer"):
        (tmp_path / name).mkdir()
        point_latest(tmp_path / name)
        assert (tmp_path / "latest").resolve() == tmp_path / name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "newer", "older"]


def test_two_runs_of_one_second_have_two_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.strftime", lambda _: "2026-01-01_120000")
    names = [make_run(tmp_path / "reports").name for _ in range(3)]
    assert names == ["2026-01-01_120000", "2026-01-01_120000-2", "2026-01-01_120000-3"]


def test_runs_are_found_in_their_order(tmp_path: Path) -> None:
    for name in ("b", "a", "latest", "without"):
        (tmp_path / name).mkdir()
        if name != "without":
            (tmp_path / name / "run.json").touch()
    assert [run.name for run in runs(tmp_path)] == ["a", "b"]


def test_a_folder_that_cannot_be_written_is_a_usage_error(
    config: pytest.Config, pytester: pytest.Pytester
) -> None:
    (pytester.path / "reports").touch()
    with pytest.raises(pytest.UsageError, match=r"reports: cannot be written \("):
        session._open_run(config)


@pytest.mark.parametrize(
    "option", ["--collect-only", "--fixtures", "--fixtures-per-test", "--markers", "--setup-plan"]
)
def test_a_command_that_only_lists_is_no_run(pytester: pytest.Pytester, option: str) -> None:
    assert not session._runs_tests(pytester.parseconfig(option))


MADE_FOR_WEB = """
import pytest

@pytest.mark.parametrize("part", ["web"])
def test_it(part): pass
"""


def test_every_test_has_a_folder_of_its_own(pytester: pytest.Pytester, tmp_path: Path) -> None:
    pytester.makeini("[pytest]")
    file = pytester.path / "suites" / "failover" / "test_power.py"
    file.parent.mkdir(parents=True)
    file.write_text(MADE_FOR_WEB)
    [item], _ = pytester.inline_genitems("-p", "no:cacheprovider", "suites")
    item.config.stash[stash.RUN] = tmp_path / "run"
    folder = stash.folder_of(item)
    assert folder.parent == tmp_path / "run"
    assert folder == stash.folder_of(item)
    assert folder.name == "suites.failover.test_power.py.test_it[web]"
    assert folder.is_dir()
