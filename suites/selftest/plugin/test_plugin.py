"""pytest's side: three verdicts, tests made for the parts of the plan, one line for a bad plan."""

from pathlib import Path

import pytest

from harness.errors import Exit
from suites.selftest.plugin.inner_run import INVALID, run

pytest_plugins = ["pytester"]

REPEATED = """
import pytest

@pytest.fixture
def inject():
    return None

def test_harms(guest, inject): pass
def test_looks(guest): pass
"""


def test_an_invalid_test_is_an_error_and_called_by_its_name(suite: pytest.Pytester) -> None:
    result = run(suite, INVALID, "-rA")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*INVALID: the fault does not bite*"])
    assert result.ret == Exit.INVALID


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ("def test_two(): pass", Exit.INVALID),
        ("def test_two(): assert False", Exit.FAILED),
        ("def test_two(gone): pass", Exit.LAB),
    ],
)
def test_a_failure_beside_an_invalid_test_is_the_runs_status(
    suite: pytest.Pytester, more: str, status: Exit
) -> None:
    assert run(suite, f"{INVALID}\n{more}").ret == status


@pytest.mark.parametrize(
    ("end", "status"),
    [("raise KeyboardInterrupt", Exit.INTERRUPTED), ("pytest.exit('over', 11)", Exit.LAB)],
)
def test_an_interrupt_has_a_status_that_no_other_end_has(
    suite: pytest.Pytester, end: str, status: Exit
) -> None:
    (suite.path / "selftest" / "test_one.py").write_text(
        f"import pytest\n\ndef test_it():\n    {end}"
    )
    assert suite.runpytest_inprocess("selftest", no_reraise_ctrlc=True).ret == status


def test_an_invalid_test_has_a_letter_of_its_own(suite: pytest.Pytester) -> None:
    run(suite, INVALID).stdout.fnmatch_lines(["*test_one.py I *"])
    run(suite, INVALID, "-v").stdout.fnmatch_lines(["*::test_it INVALID *"])


def test_an_invalid_verdict_is_an_error_in_junits_file_too(
    suite: pytest.Pytester, tmp_path: Path
) -> None:
    run(suite, INVALID, f"--junitxml={tmp_path / 'junit.xml'}")
    written = (tmp_path / "junit.xml").read_text()
    assert 'errors="1" failures="0"' in written
    assert '<property name="verdict" value="invalid"' in written


UNSUPPORTED = """
import pytest
from harness.target.target import Unsupported

@pytest.fixture(params=["setup", "call"])
def lacking(request):
    if request.param == "setup":
        raise Unsupported("a flood needs links")

def test_it(lacking):
    raise Unsupported("a flood needs links")
"""


def test_what_the_target_cannot_bear_is_skipped_with_the_reason(suite: pytest.Pytester) -> None:
    result = run(suite, UNSUPPORTED, "-rs")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED *: a flood needs links"])


@pytest.mark.parametrize(
    ("body", "outcome"), [("pass", "passed"), ("assert False", "failed"), ("1 // 0", "failed")]
)
def test_any_other_outcome_is_pytests_own(suite: pytest.Pytester, body: str, outcome: str) -> None:
    run(suite, f"def test_it(): {body}").assert_outcomes(**{outcome: 1})


def test_a_test_that_harms_may_be_repeated(suite: pytest.Pytester) -> None:
    result = run(suite, REPEATED, "--repeat", "2", "-v")
    result.assert_outcomes(passed=2 * 2 + 2)
    result.stdout.fnmatch_lines(["*test_harms?web-repeat1? PASSED*"])
    result.stdout.fnmatch_lines(["*test_harms?shop-repeat2? PASSED*"])
    result.stdout.fnmatch_lines(["*test_looks?web? PASSED*"])


def test_unless_it_is_asked_for_nothing_is_repeated(suite: pytest.Pytester) -> None:
    run(suite, REPEATED).assert_outcomes(passed=2 + 2)


@pytest.mark.parametrize(
    ("name", "parts"), [("guest", ["web", "shop"]), ("node", ["alpha", "bravo", "arbiter"])]
)
def test_a_test_is_made_for_each_part_of_the_plan(
    suite: pytest.Pytester, name: str, parts: list[str]
) -> None:
    result = run(suite, f"def test_it({name}): assert str({name}) in {parts}", "-v")
    result.assert_outcomes(passed=len(parts))
    result.stdout.fnmatch_lines([f"*test_it?{part}? PASSED*" for part in parts])


def test_collecting_asks_for_no_lab(suite: pytest.Pytester) -> None:
    result = run(suite, "def test_it(guest, cluster): pass", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["*test_it?web?", "*test_it?shop?", "*2 tests collected*"])
    assert result.ret == pytest.ExitCode.OK


def test_a_setting_may_come_from_the_environment(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUORATE_LAB", "blue")
    monkeypatch.setenv("QUORATE_ACCEL", "tcg")
    code = """
from harness.pytest_plugin.options import settings

def test_it(pytestconfig):
    options = settings(pytestconfig)
    assert (options.state.name, options.accel, options.keep_lab) == ("blue", "tcg", False)
    assert options.plan_file.is_absolute() and options.state.root.is_absolute()
"""
    run(suite, code).assert_outcomes(passed=1)
