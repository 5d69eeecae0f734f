"""A lab that is unfit is waited for, before anything is done to it."""

import io
from functools import partial

import pytest

from harness.errors import Invalid
from harness.record.events import Settled
from harness.trial import FITNESS_PATIENCE, Trial
from harness.waiting import Timeout
from suites.selftest.node_events import host_load
from suites.selftest.trials import Stage
from suites.selftest.views import seen


def loads(stage: Stage, *, since_s: int, until_s: int, strangers: float) -> None:
    """Each second until then, what others take of this machine's processors."""

    for second in range(since_s, until_s):
        load = host_load(second, strangers=strangers)
        stage.clock.after(second - stage.clock.now_s, partial(stage.timeline.note, load))


def test_an_unfit_lab_is_waited_for_and_then_the_cluster_is_verified_again(
    trial: Trial, stage: Stage, terminal: io.StringIO
) -> None:
    loads(stage, since_s=1, until_s=31, strangers=0.9)
    loads(stage, since_s=31, until_s=60, strangers=0.0)
    stage.clock.jump(20)
    looked: list[float] = []
    stage.acts["cluster status"] = lambda: looked.append(stage.clock.now_s)
    trial.begin()
    [settled] = stage.timeline.of(Settled)
    assert looked == [20, settled.at_s]
    assert 31 < settled.at_s < 40
    assert "waiting until this machine is free for the lab" in terminal.getvalue()


def test_a_cluster_that_fell_ill_while_its_lab_was_waited_for_is_not_harmed(
    trial: Trial, stage: Stage
) -> None:
    loads(stage, since_s=1, until_s=31, strangers=0.9)
    stage.clock.jump(20)
    ill = seen(stage.status, failures=("web_monitor on alpha",))
    stage.clock.after(5, lambda: setattr(stage, "status", ill))
    with pytest.raises(Timeout, match="nothing has failed"):
        trial.begin()
    assert not stage.timeline.knows(Settled)


def test_a_lab_that_stays_unfit_makes_no_honest_test(trial: Trial, stage: Stage) -> None:
    loads(stage, since_s=1, until_s=200, strangers=0.9)
    stage.clock.jump(20)
    with pytest.raises(Invalid, match=r"^other processes took 90% of this machine's processors"):
        trial.begin()
    assert stage.clock.now_s == 20 + FITNESS_PATIENCE.total_seconds()
    assert stage.calls("status") == ["cluster"]
    assert not stage.timeline.knows(Settled)


def test_a_processor_that_stood_still_is_a_reason_beside_others(trial: Trial, stage: Stage) -> None:
    loads(stage, since_s=1, until_s=200, strangers=0.9)
    for second in range(1, 200):
        stage.timeline.note(host_load(second, stalled_s=2.9))
    stage.clock.jump(20)
    both = r"^other processes took .*; alpha's processor was stalled for 2\.9 s"
    with pytest.raises(Invalid, match=both):
        trial.begin()


@pytest.mark.parametrize(("begin_s", "waits"), [(10, True), (12, False)])
def test_only_the_last_seconds_tell_whether_a_lab_is_fit(
    trial: Trial, stage: Stage, begin_s: int, waits: bool
) -> None:
    for second in range(6):
        stage.timeline.note(host_load(second, stalled_s=2.9))
    stage.clock.now_s = begin_s
    trial.begin()
    assert (stage.timeline.of(Settled)[0].at_s > begin_s) is waits


@pytest.mark.parametrize(
    ("shares", "waits"),
    [
        ([], False),
        ([0.9], True),
        ([0.0, 0.9], True),
        ([0.12, 0.16], True),
        ([0.03, 0.02], False),
        ([0.05, 0.14], False),
    ],
    ids=["not seen yet", "one second", "on the mean", "busy loops", "as usual", "below the most"],
)
def test_a_lab_that_was_seen_for_a_moment_only_is_judged_by_that(
    trial: Trial, stage: Stage, shares: list[float], waits: bool
) -> None:
    """Else a busy machine would be found out when the fault is in place."""
    for second, share in enumerate(shares, start=1):
        stage.timeline.note(host_load(second, strangers=share))
    stage.clock.now_s = 3
    trial.begin()
    assert (stage.timeline.of(Settled)[0].at_s > 3) is waits


def test_a_moment_is_judged_whole_however_its_seconds_are_added_up(
    trial: Trial, stage: Stage
) -> None:
    """0.1 + 0.2 + 0.3 is more than 0.3 + 0.2 + 0.1."""
    for at_s, seconds in ((1, 0.1), (2, 0.2), (3, 0.3)):
        load = host_load(at_s, strangers=0.9)
        stage.timeline.note(load.model_copy(update={"seconds": seconds}))
    stage.clock.now_s = 3
    trial.begin()
    assert stage.timeline.of(Settled)[0].at_s > 3


def test_what_was_waited_for_is_not_held_against_the_test(trial: Trial, stage: Stage) -> None:
    for second in range(6):
        stage.timeline.note(host_load(second, strangers=0.9))
    stage.clock.now_s = 100.0
    trial.begin()
    assert not any("processes took" in reason for reason in trial.judge().unfit)
