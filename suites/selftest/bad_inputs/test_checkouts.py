"""A checkout in which another user, or nobody, can write."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.lab.state import PROJECT

pytest_plugins = ["pytester"]

Spoil = Callable[[Path], object]


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda reports: reports.touch(), "reports: cannot be written (File exists)"),
        (lambda reports: reports.symlink_to("gone"), "reports: cannot be written (File exists)"),
        (lambda reports: (reports / "latest").mkdir(parents=True), "latest: is no link to a run"),
    ],
    ids=["a file", "a link to nothing", "a folder named latest"],
)
def test_a_report_that_has_no_place_is_refused_at_once(
    pytester: pytest.Pytester, spoil: Spoil, text: str
) -> None:
    spoil(pytester.path / "reports")
    assert text in _refusal(pytester)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_reports_that_cannot_be_written_are_refused_at_once(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Root may write anywhere, so the kernel's answer is given here."""

    def refuse(reports: Path) -> None:
        raise OSError(number, os.strerror(number), str(reports))

    monkeypatch.setattr("harness.pytest_plugin.session.make_run", refuse)
    assert f"reports: cannot be written ({os.strerror(number)})" in _refusal(pytester)


def test_a_cache_that_cannot_be_kept_fails_no_run(pytester: pytest.Pytester) -> None:
    (pytester.path / "pytest.ini").write_text((PROJECT / "pytest.ini").read_text())
    (pytester.path / ".pytest_cache").touch()
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_subprocess("-p", "no:xdist", str(pytester.path))
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*PytestCacheWarning: could not create cache path*"])
    assert result.ret == 0


def _refusal(pytester: pytest.Pytester) -> str:
    """The one line with which a run of the suite ends."""
    pytester.makeini("[pytest]\naddopts = -p harness.pytest_plugin.plugin -p no:cacheprovider")
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_inprocess(no_reraise_ctrlc=True)
    assert result.ret == 2
    [line] = [line for line in result.stderr.lines if line]
    return line
