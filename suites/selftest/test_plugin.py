"""pytest's side: three verdicts, tests made for the parts of the plan, one line for a bad plan."""

import json
from pathlib import Path

import pytest

from harness.errors import Exit

pytest_plugins = ["pytester"]

INVALID = """
from harness.errors import Invalid

def test_it():
    raise Invalid("the fault does not bite")
"""
STASH = """
import pytest
from harness.errors import ClusterError, Invalid, LabError
from harness.pytest_plugin.stash import EVIDENCE, TRIAL

class Trial:
    def passed(self):
        print("judged")

    def failed(self, error):
        print(f"failed: {type(error).__name__}: {error}")
        if isinstance(error, Invalid):
            raise Invalid(str(error)) from None

    def amend(self, error):
        print(f"amended: {type(error).__name__}: {error}")

    def describe(self):
        return {"story": "it happened so", "verdict": "as the judge found"}

@pytest.fixture(autouse=True)
def trial(request):
    request.node.stash[TRIAL] = Trial()
    request.node.stash[EVIDENCE] = lambda: print("evidence")
    yield
    print("lifted")
"""
"""A trial that says what is asked of it; as the real one it finds what is Invalid invalid."""
LIFTED = 'print("lifted")'
UNFIT = """
@pytest.fixture(autouse=True)
def unfit(request):
    from harness.pytest_plugin.stash import UNFIT
    request.node.stash[UNFIT] = lambda: {0}
"""
REPEATED = """
import pytest

@pytest.fixture
def inject():
    return None

def test_harms(guest, inject): pass
def test_looks(guest): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A suite of its own; named like this one, so that no lab and no report is made."""
    pytester.makeini("[pytest]\naddopts = -p harness.pytest_plugin.plugin -p no:cacheprovider")
    (pytester.path / "selftest").mkdir()
    return pytester


def run(suite: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    (suite.path / "selftest" / "test_one.py").write_text(code)
    return suite.runpytest_inprocess("selftest", *options)


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


def test_the_report_is_told_the_verdict_and_the_story(
    suite: pytest.Pytester, tmp_path: Path
) -> None:
    for body in ("pass", "assert False"):
        results = tmp_path / body.replace(" ", "")
        run(suite, f"{STASH}\ndef test_it(): {body}", f"--alluredir={results}")
        [file] = results.glob("*-result.json")
        kept = {of["name"]: of["source"] for of in json.loads(file.read_text())["attachments"]}
        assert (results / kept["story"]).read_text() == "it happened so"
        assert (results / kept["verdict"]).read_text() == "as the judge found"


def test_after_a_passing_body_the_record_is_judged(suite: pytest.Pytester) -> None:
    result = run(suite, f"{STASH}\ndef test_it(): print('passed')", "-s", "-q")
    result.stdout.fnmatch_lines(["passed", "judged", ".lifted"], consecutive=True)
    result.stdout.no_fnmatch_line("*evidence*")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("assert False", "AssertionError: assert False"),
        ("1 // 0", "ZeroDivisionError: integer division or modulo by zero"),
        ("raise ClusterError('web is nowhere')", "ClusterError: web is nowhere"),
        ("pytest.fail('late')", "ClusterError: late"),
    ],
    ids=["assertion", "error", "broken promise", "pytest.fail"],
)
def test_after_a_failing_body_the_evidence_comes_before_the_fault_is_lifted(
    suite: pytest.Pytester, body: str, error: str
) -> None:
    """A test that runs out of time is ended by pytest-timeout as pytest.fail() ends it."""
    result = run(suite, f"{STASH}\ndef test_it(): {body}", "-s", "-q")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["evidence", f"failed: {error}", "Flifted"], consecutive=True)
    result.stdout.fnmatch_lines(["*story call*", "it happened so"], consecutive=True)
    result.stdout.no_fnmatch_line("*judged*")
    result.stdout.no_fnmatch_line("*amended*")


@pytest.mark.parametrize(
    ("reason", "outcome"), [("'the lab was ended'", "errors"), (None, "failed")]
)
def test_a_failure_on_an_unfit_lab_is_invalid(
    suite: pytest.Pytester, reason: str | None, outcome: str
) -> None:
    code = f"{STASH}\n{UNFIT.format(reason)}\ndef test_it(): assert False"
    result = run(suite, code, "-s", "-q")
    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines(["evidence"])
    assert ("failed: AssertionError" in result.stdout.str()) == (reason is None)
    assert ("INVALID: the lab was ended" in result.stdout.str()) == (reason is not None)


def test_a_passing_test_on_an_unfit_lab_is_left_to_the_judge(suite: pytest.Pytester) -> None:
    unfit = UNFIT.format("'the lab was ended'")
    run(suite, f"{STASH}\n{unfit}\ndef test_it(): pass").assert_outcomes(passed=1)


def test_a_broken_promise_that_the_judge_finds_fails_the_test_with_evidence(
    suite: pytest.Pytester,
) -> None:
    broken = STASH.replace('print("judged")', "raise ClusterError('I1: web ran twice')")
    result = run(suite, f"{broken}\ndef test_it(): pass", "-s", "-q")
    result.assert_outcomes(failed=1)
    taken = ["evidence", "failed: ClusterError: I1: web ran twice", "Flifted"]
    result.stdout.fnmatch_lines(taken, consecutive=True)


@pytest.mark.parametrize(
    ("judged", "body"),
    [("pass", "raise Invalid('too slow')"), ("raise Invalid('too slow')", "pass")],
    ids=["body", "judge"],
)
def test_an_invalid_test_leaves_evidence_too(
    suite: pytest.Pytester, judged: str, body: str
) -> None:
    code = STASH.replace('print("judged")', judged)
    result = run(suite, f"{code}\ndef test_it(): {body}", "-s", "-q")
    result.assert_outcomes(errors=1)
    taken = ["evidence", "failed: Invalid: too slow"]
    result.stdout.fnmatch_lines(taken, consecutive=True)


def test_a_test_that_skips_itself_while_it_is_observed_is_invalid(suite: pytest.Pytester) -> None:
    """It may have harmed the cluster before; to skip then would hide what came of it."""
    result = run(suite, f"{STASH}\ndef test_it(): pytest.skip('no')", "-s", "-q")
    result.assert_outcomes(errors=1)
    assert result.ret == Exit.INVALID
    reason = "the test skipped itself while it was observed: no"
    taken = ["evidence", f"failed: Invalid: {reason}"]
    result.stdout.fnmatch_lines(taken, consecutive=True)
    result.stdout.fnmatch_lines([f"*INVALID: {reason}*"])


def test_a_test_that_nobody_observes_may_skip_itself(suite: pytest.Pytester) -> None:
    code = "import pytest\ndef test_it(): pytest.skip('no')"
    result = run(suite, code, "-rs")
    result.assert_outcomes(skipped=1)
    assert result.ret == pytest.ExitCode.OK


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


def test_on_request_a_passed_test_leaves_evidence_when_it_is_judged(
    suite: pytest.Pytester,
) -> None:
    result = run(suite, f"{STASH}\ndef test_it(): pass", "-s", "-q", "--evidence")
    result.stdout.fnmatch_lines(["judged", "evidence", ".lifted"], consecutive=True)


def test_a_trial_may_find_that_its_failure_is_the_labs(suite: pytest.Pytester) -> None:
    starved = STASH.replace("if isinstance(error, Invalid):", "if True:").replace(
        "raise Invalid(str(error))", "raise Invalid('the lab was starved')"
    )
    result = run(suite, f"{starved}\ndef test_it(): assert False", "-s", "-q")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*INVALID: the lab was starved*"])


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


def test_a_plan_that_cannot_be_read_is_one_line(suite: pytest.Pytester) -> None:
    result = run(suite, "def test_it(): pass", "--plan", "gone.yml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    [line] = [line for line in result.stderr.lines if line]
    assert line.startswith("ERROR: ")
    assert line.endswith(
        "gone.yml: cannot be read (No such file or directory), name a file that exists"
    )


def test_a_setting_may_come_from_the_environment(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUORATE_LAB", "blue")
    monkeypatch.setenv("QUORATE_ACCEL", "tcg")
    code = """
from harness.pytest_plugin.options import settings

def test_it(pytestconfig):
    wish = settings(pytestconfig)
    assert (wish.lab, wish.accel, wish.keep_lab) == ("blue", "tcg", False)
    assert wish.plan_file.is_absolute() and wish.lab_dir.is_absolute()
"""
    run(suite, code).assert_outcomes(passed=1)
