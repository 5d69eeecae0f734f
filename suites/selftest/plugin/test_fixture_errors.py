"""A test that cannot begin, or whose teardown fails, has a verdict too."""

from pathlib import Path

import pytest

from harness.errors import Exit
from suites.selftest.plugin.inner_run import LIFTED, STASH, run

pytest_plugins = ["pytester"]

# Before the body.


@pytest.mark.parametrize(
    ("how", "outcome", "status"),
    [
        ("1 // 0", "errors", Exit.LAB),
        ("raise LabError('no way in')", "errors", Exit.LAB),
        ("raise Invalid('too slow')", "errors", Exit.INVALID),
        ("raise ClusterError('web takes no writes')", "failed", Exit.FAILED),
    ],
    ids=["error", "lab", "invalid", "cluster"],
)
def test_a_test_that_cannot_begin_leaves_evidence_and_is_the_clusters_failure_or_an_error(
    suite: pytest.Pytester, tmp_path: Path, how: str, outcome: str, status: Exit
) -> None:
    """A cluster that is broken before the fault has failed; a lab has not."""
    code = STASH.replace("    yield", f"    {how}\n    yield")
    result = run(
        suite, f"{code}\ndef test_it(): pass", "-s", "-q", f"--junitxml={tmp_path / 'junit.xml'}"
    )
    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines(["*evidence"])
    result.stdout.no_fnmatch_line("*judged*")
    counts = {"errors": 'errors="1" failures="0"', "failed": 'errors="0" failures="1"'}
    assert counts[outcome] in (tmp_path / "junit.xml").read_text()
    assert result.ret == status


def test_a_test_whose_lab_is_broken_already_is_skipped(suite: pytest.Pytester) -> None:
    code = STASH.replace("    yield", "    pytest.skip('the lab is broken')\n    yield")
    run(suite, f"{code}\ndef test_it(): pass").assert_outcomes(skipped=1)


# After the body.


@pytest.mark.parametrize(
    ("how", "amended", "status"),
    [
        ("raise LabError('the cable stays out')", "LabError: the cable stays out", Exit.LAB),
        ("raise Invalid('it does not go away')", "Invalid: it does not go away", Exit.INVALID),
        ("raise ClusterError('web is nowhere')", "ClusterError: web is nowhere", Exit.FAILED),
        ("pytest.fail('late')", "ClusterError: late", Exit.FAILED),
        ("1 // 0", "ZeroDivisionError: integer division or modulo by zero", Exit.LAB),
    ],
    ids=["lab", "invalid", "cluster", "pytest.fail", "error"],
)
def test_an_error_in_the_teardown_amends_the_verdict_and_is_an_error(
    suite: pytest.Pytester, how: str, amended: str, status: Exit
) -> None:
    result = run(suite, f"{STASH.replace(LIFTED, how)}\ndef test_it(): pass", "-s", "-q")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["judged", f".*amended: {amended}"], consecutive=True)
    assert result.ret == status


def test_an_error_in_the_teardown_of_a_failed_test_amends_its_verdict_too(
    suite: pytest.Pytester,
) -> None:
    code = STASH.replace(LIFTED, "raise LabError('no')")
    result = run(suite, f"{code}\ndef test_it(): assert False", "-s", "-q")
    result.assert_outcomes(failed=1, errors=1)
    assert result.stdout.str().count("amended: LabError: no") == 1


def test_an_error_in_the_teardown_of_a_test_that_nobody_observes_stays_one(
    suite: pytest.Pytester,
) -> None:
    code = """
import pytest

@pytest.fixture(autouse=True)
def used():
    yield
    raise OSError("no")

def test_it(): pass
"""
    result = run(suite, code)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
