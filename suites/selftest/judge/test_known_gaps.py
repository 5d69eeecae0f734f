"""A known gap does not fail a test; a closed gap does, and so do two copies and lost writes."""

from harness.judge.judgement import Judgement, Verdict
from harness.judge.verdict import judge
from harness.record.events import Event, KnownGap, Recovered
from suites.selftest.failover import allowed, good
from suites.selftest.judge.failovers import failure
from suites.selftest.judge.test_broken_promises import TWICE

MISSED = "power_cut.hit web reads: longest 12.1 s of 10 s"
CLOSED = "a known gap has closed, remove it from the test: it is slow"


def gap(pattern: str) -> KnownGap:
    return KnownGap(at_s=1, pattern=pattern, why="it is slow", remedy="buy a faster one")


def judged(*events: Event, ended_well: bool = True) -> Judgement:
    return judge(good(*events, drop=lambda e: isinstance(e, Recovered) and not ended_well))


def test_a_known_gap_is_named_and_does_not_fail_the_test() -> None:
    found = judged(allowed(10), gap("^power_cut.hit web reads"))
    assert (found.verdict, found.broken) == (Verdict.PASS, ())
    [line] = found.gaps
    assert line.startswith(MISSED)
    assert line.endswith("(it is slow; buy a faster one)")


def test_only_the_promise_that_it_names_is_excused() -> None:
    found = judged(allowed(10), failure("web is nowhere", "cluster"), gap("^power_cut.hit"))
    assert found.verdict is Verdict.FAIL
    assert found.broken == ("web is nowhere",)


def test_a_gap_that_has_closed_fails_the_test() -> None:
    found = judged(gap("^I4: "))
    assert (found.verdict, found.broken) == (Verdict.FAIL, (CLOSED,))


def test_a_test_that_did_not_end_well_closes_no_gap() -> None:
    found = judged(gap("^I4: "), failure("web is nowhere", "cluster"), ended_well=False)
    assert CLOSED not in found.broken


def test_two_copies_of_a_guest_are_no_known_gap() -> None:
    found = judged(*TWICE, gap("^I1: "))
    assert found.verdict is Verdict.FAIL
    assert any(reason.startswith("I1: ") for reason in found.broken)
