"""A test that is observed is judged after its body, and leaves evidence."""

import json
from pathlib import Path

import pytest

from harness.errors import Exit
from suites.selftest.plugin.inner_run import STASH, UNFIT, run

pytest_plugins = ["pytester"]


def test_what_the_target_cannot_bear_leaves_no_record(suite: pytest.Pytester) -> None:
    unsupported = "from harness.target.target import Unsupported"
    body = f"{unsupported}\n\ndef test_it():\n    raise Unsupported('a flood needs links')"
    result = run(suite, f"{STASH}\n{body}", "-s")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*discarded"])
    result.stdout.no_fnmatch_line("*judged*")


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


def test_a_failure_that_a_known_gap_explains_is_none(suite: pytest.Pytester) -> None:
    result = run(suite, f"{STASH}\ndef test_it(): assert False, 'known gap'", "-s", "-q")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["failed: AssertionError: known gap*"])


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
