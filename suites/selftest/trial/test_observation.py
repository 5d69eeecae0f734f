"""Observers begin in groups, and are stopped and read in an order, whatever fails on the way."""

import re
import threading

import pytest

from harness.errors import ClusterError, Invalid, LabError
from harness.record.events import Closed, Failure, ObservationEnds, PowerChange, Settled
from harness.record.timeline import read
from harness.runs.store import VERDICT
from harness.trial import Trial
from suites.selftest.node_events import power
from suites.selftest.trial.passage import ALL, LISTED, OF_GUESTS, noted, stored, trouble
from suites.selftest.trials import Stage


def test_power_is_watched_before_all_else(trial: Trial, stage: Stage) -> None:
    trial.begin()
    assert stage.done[0] == "power_log start"


@pytest.mark.parametrize("name", LISTED)
@pytest.mark.parametrize("error", [LabError("no way in"), ClusterError("web takes no writes")])
def test_what_cannot_be_observed_is_an_error_when_all_beside_it_have_started(
    trial: Trial, stage: Stage, name: str, error: Exception
) -> None:
    stage.fails(f"{name} start", error)
    with pytest.raises(type(error), match=f"^{error}$"):
        trial.begin()
    assert stage.calls("start") == ALL
    assert not stage.timeline.knows(Settled)


def test_clients_ask_as_soon_as_the_cluster_is_verified(trial: Trial, stage: Stage) -> None:
    begun: list[str] = []

    def verify() -> None:
        begun.extend(stage.calls("start"))

    trial._observation.begin(verify)
    assert not OF_GUESTS & {*begun}
    assert {*stage.calls("start")} > OF_GUESTS


def test_no_client_asks_a_cluster_that_is_not_well(trial: Trial, stage: Stage) -> None:
    def verify() -> None:
        raise ClusterError("web runs nowhere")

    with pytest.raises(ClusterError, match="web runs nowhere"):
        trial._observation.begin(verify)
    assert not OF_GUESTS & {*stage.calls("start")}


def test_without_a_watch_on_power_nothing_else_begins(trial: Trial, stage: Stage) -> None:
    stage.fails("power_log start", LabError("the lab has ended"))
    with pytest.raises(LabError, match=r"^the lab has ended$"):
        trial.begin()
    assert stage.done == ["power_log start"]


# Before a fault.


def test_every_observer_makes_ready_for_a_fault(trial: Trial, stage: Stage) -> None:
    trial.before_fault()
    assert stage.calls("before_fault") == LISTED


def test_a_cluster_that_takes_no_writes_is_not_harmed(trial: Trial, stage: Stage) -> None:
    stage.fails("write_workload before_fault", ClusterError("web.redis takes no writes"))
    with pytest.raises(ClusterError, match=r"^web\.redis takes no writes$"):
        trial.before_fault()


def test_the_guests_clients_are_those_of_the_http_probe(trial: Trial) -> None:
    assert list(map(str, trial.clients.values())) == ["client of web", "client of shop"]
    assert list(trial.clients) == ["web", "shop"]


# The end.


def test_nobody_is_stopped_before_the_record_says_so(begun: Trial, stage: Stage) -> None:
    found: list[bool] = []
    for name in LISTED:
        stage.acts[f"{name} stop"] = lambda: found.append(stage.timeline.knows(ObservationEnds))
    begun.stop()
    assert stage.calls("stop") == LISTED
    assert found == [True] * len(LISTED)


def test_observers_are_stopped_once_however_often_it_is_asked(begun: Trial, stage: Stage) -> None:
    begun.stop()
    begun.stop()
    begun.judge()
    begun.stop()
    assert stage.calls("stop") == sorted([*LISTED, "power_log"])
    assert len(stage.timeline.of(ObservationEnds)) == 1


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ("start", OF_GUESTS),
        ("start", {*LISTED} - OF_GUESTS),
        ("stop", {*LISTED}),
        ("collect", {*LISTED}),
    ],
)
def test_observers_do_not_wait_for_each_other(
    trial: Trial, stage: Stage, call: str, names: set[str]
) -> None:
    """One that waited for the next one to begin would wait in vain."""
    all_begun = threading.Barrier(len(names), timeout=10)
    for name in names:
        stage.acts[f"{name} {call}"] = all_begun.wait
    trial.begin()
    trial.judge()
    assert trouble(stage) == []


def test_stopping_neither_reads_nor_judges(begun: Trial, stage: Stage) -> None:
    begun.stop()
    assert stage.calls("collect") == []
    assert not stage.timeline.knows(Closed)
    assert not (begun.folder / VERDICT).exists()


def test_a_trial_that_nobody_judged_leaves_nothing_that_observes(
    begun: Trial, stage: Stage
) -> None:
    begun.close()
    assert stage.calls("stop") == ALL
    assert stage.calls("collect") == []


def test_what_observers_hold_is_read_when_all_are_stopped(begun: Trial, stage: Stage) -> None:
    begun.judge()
    last = max(stage.done.index(f"{name} stop") for name in LISTED)
    assert last < min(stage.done.index(f"{name} collect") for name in LISTED)


def test_power_is_watched_to_the_last(begun: Trial, stage: Stage) -> None:
    """The final state suspends the machines for a moment."""
    begun.judge()
    assert stage.calls("collect") == ALL
    assert stage.done[-2:] == ["power_log collect", "power_log stop"]


def test_the_record_is_closed_last(begun: Trial, stage: Stage) -> None:
    def late() -> None:
        assert not stage.timeline.knows(Closed)
        stage.timeline.note(power(63, "arbiter", "resumed"))

    stage.acts["power_log stop"] = late
    begun.judge()
    assert trouble(stage) == []
    assert noted(stage, PowerChange, Closed)[-2:] == [PowerChange, Closed]
    assert read(stage.record).of(PowerChange)[-1].change == "resumed"


@pytest.mark.parametrize(
    "call",
    [
        *("http_probe stop", "consoles stop", "journals collect", "write_workload collect"),
        *("final_state collect", "power_log collect", "power_log stop"),
    ],
)
def test_a_failure_of_the_harness_is_the_labs_and_keeps_no_verdict_from_being_stored(
    begun: Trial, stage: Stage, call: str
) -> None:
    stage.fails(call, OSError(28, "No space left on device"))
    reason = "OSError: [Errno 28] No space left on device"
    with pytest.raises(Invalid, match=re.escape(reason)):
        begun.passed()
    assert trouble(stage) == [(reason, "lab")]
    assert stored(begun)[0] == "invalid"
    assert reason in stored(begun)[2]
    assert stage.calls("stop") == sorted([*LISTED, "power_log"])
    assert stage.calls("collect") == ALL
    assert read(stage.record).of(Failure)


def test_each_step_of_the_end_may_fail(begun: Trial, stage: Stage) -> None:
    calls = ["icmp_probe stop", "icmp_probe collect", "power_log collect", "power_log stop"]
    for call in calls:
        stage.fails(call, RuntimeError(f"{call}\nand a traceback"))
    begun.judge()
    assert trouble(stage) == [(f"RuntimeError: {call}", "lab") for call in calls]
