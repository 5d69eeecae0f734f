"""A trial is judged once from its record."""

import re

import pytest

from harness.cluster.cluster import Broken
from harness.errors import ClusterError, InputError, Invalid, LabError
from harness.record.events import Blame, Closed, Failure, KnownGap, ObservationEnds, Recovered
from harness.record.timeline import read
from harness.report.story import story
from harness.runs.store import VERDICT
from harness.trial import Trial, blame
from harness.waiting import Impossible, Timeout
from suites.selftest.trial.passage import BROKEN, OOPS, noted, stored, trouble
from suites.selftest.trials import Stage
from suites.selftest.views import seen


def test_a_cluster_that_kept_its_promise_passes_when_it_is_settled(
    begun: Trial, stage: Stage
) -> None:
    begun.passed()
    assert stage.done[0] == "cluster status"
    kinds = (Recovered, ObservationEnds, Closed, Failure)
    assert noted(stage, *kinds) == [Recovered, ObservationEnds, Closed]
    assert stored(begun) == ("pass", [], [])
    assert read(stage.record).events == stage.timeline.record().events


def test_a_cluster_that_does_not_settle_is_not_judged_yet(begun: Trial, stage: Stage) -> None:
    stage.status = seen(stage.status, dc=None)
    with pytest.raises(Timeout, match=r"^not in 720 s: the cluster is settled"):
        begun.passed()
    assert set(stage.done) == {"cluster status"}
    assert not stage.timeline.knows(Recovered)
    assert not (begun.folder / VERDICT).exists()


def test_a_failed_action_does_not_keep_a_cluster_from_being_settled_after_the_fault(
    begun: Trial, stage: Stage
) -> None:
    """The judge names it; to wait for it in vain would hide what."""
    stage.status = seen(stage.status, failures=("web_start on alpha",))
    begun.passed()
    assert stage.timeline.knows(Recovered)


def test_every_broken_promise_is_told_in_one_line(begun: Trial, stage: Stage) -> None:
    stage.timeline.note(OOPS)
    stage.timeline.note(Failure(at_s=30, reason="web is nowhere", blame="cluster"))
    with pytest.raises(Broken, match=f"^web is nowhere; {re.escape(BROKEN)}$"):
        begun.passed()
    assert stored(begun) == ("fail", ["web is nowhere", BROKEN], [])


def test_a_lab_that_was_unfit_makes_no_honest_test(begun: Trial, stage: Stage) -> None:
    stage.timeline.note(OOPS)
    stage.timeline.note(Failure(at_s=30, reason="nobody asks", blame="lab"))
    with pytest.raises(Invalid, match=f"^nobody asks; {re.escape(BROKEN)}$"):
        begun.passed()
    assert stored(begun) == ("invalid", [BROKEN], ["nobody asks"])


@pytest.mark.parametrize("error", [AssertionError("web is nowhere\nassert 1 == 2"), Broken("x")])
def test_a_failure_of_the_cluster_is_judged_by_its_first_line(
    begun: Trial, stage: Stage, error: Exception
) -> None:
    begun.failed(error)
    line = str(error).splitlines()[0]
    assert trouble(stage) == [(line, "cluster")]
    assert stored(begun) == ("fail", [line], [])
    assert not stage.timeline.knows(Recovered)


def test_a_failure_that_a_known_gap_explains_is_none(freezing: Trial, stage: Stage) -> None:
    gap = KnownGap(pattern="^web is nowhere", why="it is slow", remedy="wait")
    stage.timeline.note(gap)
    assert freezing.failed(AssertionError("web is nowhere")) is False
    assert stored(freezing)[0] == "pass"
    assert not any(call.startswith("freeze") for call in stage.done)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (Invalid("it does not bite"), "it does not bite"),
        (LabError("alpha: no answer\nssh"), "alpha: no answer"),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (OSError(24, "Too many open files"), "[Errno 24] Too many open files"),
    ],
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_any_other_failure_is_the_labs(begun: Trial, error: Exception, line: str) -> None:
    with pytest.raises(Invalid, match=f"^{re.escape(line)}$") as invalid:
        begun.failed(error)
    assert invalid.value.__suppress_context__
    assert stored(begun) == ("invalid", [], [line])


def test_it_is_judged_once(begun: Trial, stage: Stage) -> None:
    stage.timeline.note(OOPS)
    with pytest.raises(Broken) as broken:
        begun.passed()
    done, first = list(stage.done), begun.judge()
    begun.failed(broken.value)
    assert begun.judge() is first
    assert stage.done == done
    assert trouble(stage) == []
    assert stored(begun) == ("fail", [BROKEN], [])


def test_what_was_found_invalid_stays_so(begun: Trial, stage: Stage) -> None:
    stage.timeline.note(Failure(at_s=30, reason="nobody asks", blame="lab"))
    with pytest.raises(Invalid, match=r"^nobody asks$") as invalid:
        begun.passed()
    with pytest.raises(Invalid, match=r"^nobody asks$"):
        begun.failed(invalid.value)
    assert stored(begun) == ("invalid", [], ["nobody asks"])


# Whose failure it is.


@pytest.mark.parametrize(
    ("error", "whose"),
    [
        (ClusterError("x"), "cluster"),
        (Broken("x"), "cluster"),
        (Timeout("x"), "cluster"),
        (Impossible("x"), "cluster"),
        (AssertionError("x"), "cluster"),
        (Invalid("x"), "lab"),
        (LabError("x"), "lab"),
        (InputError("x"), "lab"),
        (OSError("x"), "lab"),
        (KeyError("x"), "lab"),
        (KeyboardInterrupt(), "lab"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_only_a_broken_promise_is_the_clusters(error: BaseException, whose: Blame) -> None:
    assert blame(error) == whose


# What a person is told.


def test_the_story_is_that_of_the_record(begun: Trial, stage: Stage) -> None:
    told = begun.describe()
    assert list(told) == ["story"]
    assert told["story"].splitlines() == story(stage.timeline.record())
    assert "power cut of alpha" in told["story"]


def test_the_verdict_is_told_once_there_is_one(begun: Trial) -> None:
    begun.passed()
    first, *_, last = begun.describe()["verdict"].splitlines()
    assert first == "verdict: pass"
    assert last == "stored: reports/run/test_one"
