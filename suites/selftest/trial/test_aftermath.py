"""After the verdict: a failed lab is frozen, and a late error amends the verdict."""

import io

import pytest

from harness.errors import ClusterError, Invalid, LabError
from harness.record.events import Closed, Failure
from harness.record.timeline import read
from harness.runs.store import VERDICT
from harness.trial import Trial
from suites.selftest.trial.passage import stored, trouble
from suites.selftest.trials import Stage

# A lab that is frozen.

WAY_BACK = "frozen: quorate thaw 'run/test_one'"


def test_a_failed_lab_is_frozen_last_when_that_is_wanted(
    freezing: Trial, stage: Stage, terminal: io.StringIO
) -> None:
    freezing.failed(AssertionError("no"))
    assert stage.done[-2:] == ["power_log stop", "freeze run/test_one"]
    assert WAY_BACK in terminal.getvalue()


def test_unless_it_is_wanted_nothing_is_frozen(
    begun: Trial, stage: Stage, terminal: io.StringIO
) -> None:
    begun.failed(AssertionError("no"))
    assert stage.done[-1] == "power_log stop"
    assert "frozen" not in terminal.getvalue()


def test_an_invalid_test_is_not_frozen(freezing: Trial, stage: Stage) -> None:
    with pytest.raises(Invalid):
        freezing.failed(Invalid("no"))
    assert stage.done[-1] == "power_log stop"


def test_a_lab_that_cannot_be_frozen_keeps_its_verdict(
    freezing: Trial, stage: Stage, caplog: pytest.LogCaptureFixture, terminal: io.StringIO
) -> None:
    stage.fails("freeze run/test_one", LabError("too busy"))
    freezing.failed(AssertionError("no"))
    assert "not frozen: too busy" in caplog.text
    assert WAY_BACK not in terminal.getvalue()
    assert stored(freezing)[0] == "fail"


# What goes wrong after the verdict.


@pytest.mark.parametrize(
    ("error", "verdict"),
    [(LabError("the cable stays out\nx"), "invalid"), (ClusterError("no"), "fail")],
    ids=["lab", "cluster"],
)
def test_an_error_in_the_teardown_belongs_to_record_and_verdict(
    begun: Trial, stage: Stage, error: Exception, verdict: str
) -> None:
    begun.passed()
    before = read(stage.record)
    done = list(stage.done)
    begun.amend(error)
    after = read(stage.record)
    line = str(error).splitlines()[0]
    assert [f.reason for f in after.of(Failure)] == [line]
    assert len(after.events) == len(before.events) + 1
    assert stored(begun) == ((verdict, [line], []) if verdict == "fail" else (verdict, [], [line]))
    assert begun.judge().verdict == verdict
    assert begun.describe()["verdict"].startswith(f"verdict: {verdict}")
    assert stage.done == done


def test_each_error_in_the_teardown_is_added(begun: Trial) -> None:
    begun.passed()
    for reason in ("one", "two"):
        begun.amend(LabError(reason))
    assert stored(begun) == ("invalid", [], ["one", "two"])


def test_without_a_verdict_there_is_nothing_to_amend(begun: Trial, stage: Stage) -> None:
    begun.amend(LabError("the cable stays out"))
    assert trouble(stage) == []
    assert not stage.timeline.knows(Closed)
    assert not (begun.folder / VERDICT).exists()
