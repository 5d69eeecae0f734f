"""The folder of a run: made for a lab's tests only, and `latest` always names the newest."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.pytest_plugin import plugin

pytest_plugins = ["pytester"]


@pytest.fixture
def config(
    pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.Config]:
    """A run's configuration, with nothing asked for."""
    logger = logging.getLogger("quorate")
    handlers, level = list(logger.handlers), logger.level
    monkeypatch.setattr(plugin, "PROJECT", tmp_path)
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
    assert plugin._wants_lab(arguments) is wanted


def test_results_and_log_are_kept_in_the_runs_folder(config: pytest.Config) -> None:
    plugin._open_run(config)
    run = config.stash[plugin.RUN]
    assert config.option.allure_report_dir == str(run / "allure")
    assert config.option.xmlpath == str(run / "junit.xml")
    logging.getLogger("quorate").debug("a detail")
    assert "DEBUG a detail" in (run / "log.txt").read_text()


def test_a_person_may_ask_for_results_elsewhere(config: pytest.Config) -> None:
    config.option.allure_report_dir, config.option.xmlpath = "here", "there.xml"
    plugin._open_run(config)
    assert config.option.allure_report_dir == "here"
    assert config.option.xmlpath == "there.xml"


def test_latest_names_the_newest_run(config: pytest.Config, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    (reports / "older").mkdir(parents=True)
    (reports / "latest").symlink_to("older")
    plugin._open_run(config)
    assert (reports / "latest").resolve() == config.stash[plugin.RUN]


MADE_FOR_WEB = """
import pytest

@pytest.mark.parametrize("guest", ["web"])
def test_it(guest): pass
"""


def test_every_test_has_a_folder_of_its_own(pytester: pytest.Pytester, tmp_path: Path) -> None:
    pytester.makeini("[pytest]")
    file = pytester.path / "suites" / "failover" / "test_power.py"
    file.parent.mkdir(parents=True)
    file.write_text(MADE_FOR_WEB)
    [item], _ = pytester.inline_genitems("-p", "no:cacheprovider", "suites")
    item.config.stash[plugin.RUN] = tmp_path / "run"
    folder = plugin.folder_of(item)
    assert folder.parent == tmp_path / "run"
    assert folder == plugin.folder_of(item)
    assert folder.name == "suites.failover.test_power.py.test_it[web]"
    assert folder.is_dir()
