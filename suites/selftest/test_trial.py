"""A test is observed from all sides, and judged once from its record."""

import io
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from harness.cluster.cluster import Broken, Cluster
from harness.errors import ClusterError, InputError, Invalid, LabError
from harness.record.events import (
    EVENT,
    Blame,
    Closed,
    Event,
    Failure,
    ObservationEnds,
    Opened,
    PowerChange,
    Recovered,
    Settled,
)
from harness.record.timeline import Timeline, read
from harness.report.story import story
from harness.runs.store import VERDICT, read_verdict
from harness.target.target import Capability, Unsupported
from harness.trial import FITNESS, RESTORING, Trial, blame
from harness.waiting import Impossible, Timeout
from suites.selftest.failover import END_S, observed
from suites.selftest.fakes import FakeClock, FakeLab, FakeTarget
from suites.selftest.records import OBSERVERS, STORES, host_load, line, power, write
from suites.selftest.trials import CLASSES, Stage, fake_observers
from suites.selftest.views import seen

ALL = sorted(CLASSES.values())
LISTED = sorted(set(ALL) - {"power_log"})
"""Those that end together; they begin in two groups."""
OF_GUESTS = {"http_probe", "icmp_probe", "write_workload"}
"""Those that begin when all others have begun."""
OOPS = line(40, "bravo", "kernel", "Oops: 0002 [#1]")
BROKEN = "I9: bravo: kernel: Oops: 0002 [#1]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run" / "test_one"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def stage(
    lab: FakeLab, clock: FakeClock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    clock.now_s = 0.0
    stage = Stage(lab.plan, lab, clock, folder / "timeline.jsonl")
    fake_observers(stage, monkeypatch)
    monkeypatch.setattr(lab, "freeze", lambda name: stage.call(f"freeze {name}"))
    yield stage
    stage.timeline.close()


@pytest.fixture
def trial(stage: Stage, folder: Path) -> Trial:
    return Trial(stage.cluster, folder)


def run_through(trial: Trial, stage: Stage) -> Trial:
    """Begin the trial, and let all be observed that makes a good failover, up to its end."""
    trial.begin()
    for event in observed(stage.timeline.of(Opened)[0].run):
        stage.timeline.note(event)
    stage.clock.now_s = END_S
    stage.acts["final_state collect"] = lambda: stage.clock.jump(4)
    stage.done.clear()
    return trial


@pytest.fixture
def begun(trial: Trial, stage: Stage) -> Trial:
    return run_through(trial, stage)


@pytest.fixture
def freezing(stage: Stage, folder: Path) -> Trial:
    """One that freezes its lab when it fails."""
    return run_through(Trial(stage.cluster, folder, freeze=True), stage)


def noted(stage: Stage, *kinds: type[Event]) -> list[type[Event]]:
    """Types of events, of these alone, in the order in which they were noted."""
    events = [EVENT.validate_json(line) for line in stage.record.read_bytes().splitlines()]
    return [type(event) for event in events if isinstance(event, kinds or Event)]


def stored(trial: Trial) -> tuple[str, list[str], list[str]]:
    """The verdict in the test's folder, what was broken, and what was unfit."""
    verdict = read_verdict(trial.folder)
    return verdict.verdict, list(verdict.broken), list(verdict.unfit)


def trouble(stage: Stage) -> list[tuple[str, Blame]]:
    return [(failure.reason, failure.blame) for failure in stage.timeline.of(Failure)]


# The beginning.


def test_the_record_is_opened_before_anybody_observes(trial: Trial, stage: Stage) -> None:
    found: list[bool] = []
    for name in ALL:
        stage.acts[f"{name} start"] = lambda: found.append(stage.timeline.knows(Opened))
    trial.begin()
    assert stage.calls("start") == ALL
    assert found == [True] * len(ALL)
    assert noted(stage)[0] is Opened


def test_power_is_watched_before_all_else(trial: Trial, stage: Stage) -> None:
    trial.begin()
    assert stage.done[0] == "power_log start"


def test_the_cluster_counts_as_settled_when_all_observe_and_it_was_verified(
    trial: Trial, stage: Stage
) -> None:
    found: list[bool] = []
    for call in (*(f"{name} start" for name in ALL), "cluster status"):
        stage.acts[call] = lambda: found.append(stage.timeline.knows(Settled))
    trial.begin()
    assert stage.calls("status") == ["cluster"]
    assert found == [False] * (len(ALL) + 1)
    assert noted(stage)[-1] is Settled


def test_the_record_says_what_it_is_about(trial: Trial, stage: Stage) -> None:
    trial.begin()
    [opened] = stage.timeline.of(Opened)
    timings = stage.lab.timings
    assert (opened.test, opened.profile) == ("test_one", "tcg")
    assert opened.nodes == {"alpha": "data", "bravo": "data", "arbiter": "arbitrator"}
    assert (opened.guests, opened.stores) == (("web", "shop"), STORES)
    assert opened.observers == OBSERVERS
    assert (opened.token_s, opened.quorum_stop_s) == (
        *(stage.plan.corosync.token_ms / 1000, timings.quorum_stop_s),
    )


def test_what_a_trial_writes_names_that_trial_alone(
    trial: Trial, stage: Stage, folder: Path
) -> None:
    trial.begin()
    run = stage.timeline.of(Opened)[0].run
    assert re.fullmatch("[0-9a-f]{8}", run)
    assert stage.given["write_workload"]["run"] == stage.given["journals"]["run"] == run
    Trial(stage.cluster, folder)
    assert stage.given["write_workload"]["run"] != run


def test_a_target_that_cannot_be_observed_bears_no_trial(target: FakeTarget, folder: Path) -> None:
    """Each observer names what it needs."""
    target.capabilities = frozenset({Capability.LINKS})
    needs = r"^a judged test needs baseline and host and power; this target offers links$"
    with pytest.raises(Unsupported, match=needs):
        Trial(Cluster(target, Timeline()), folder)


@pytest.mark.usefixtures("trial")
def test_questions_and_writes_come_at_the_profiles_rate(stage: Stage) -> None:
    timings = stage.lab.timings
    echoes, writes = stage.given["icmp_probe"]["after"], stage.given["write_workload"]["period"]
    assert [str(echoes), str(writes)] == ["0:00:00.096000", "0:00:00.960000"]
    assert (timings.echo_period_ms, timings.write_period_ms) == (96, 960)


@pytest.mark.parametrize("name", LISTED)
@pytest.mark.parametrize("error", [LabError("no way in"), ClusterError("web takes no writes")])
def test_what_cannot_be_observed_is_an_error_when_all_beside_it_have_started(
    trial: Trial, stage: Stage, name: str, error: Exception
) -> None:
    stage.fails(f"{name} start", error)
    with pytest.raises(type(error), match=f"^{error}$"):
        trial.begin()
    assert stage.calls("start") == (ALL if name in OF_GUESTS else sorted({*ALL} - OF_GUESTS))
    assert not stage.timeline.knows(Settled)


def test_clients_ask_when_every_node_has_been_reached(trial: Trial, stage: Stage) -> None:
    trial.begin()
    begun = [one.removesuffix(" start") for one in stage.done if one.endswith(" start")]
    assert {*begun[-len(OF_GUESTS) :]} == OF_GUESTS


def test_without_a_watch_on_power_nothing_else_begins(trial: Trial, stage: Stage) -> None:
    stage.fails("power_log start", LabError("the lab has ended"))
    with pytest.raises(LabError, match=r"^the lab has ended$"):
        trial.begin()
    assert stage.done == ["power_log start"]


@pytest.mark.parametrize("change", [{"failures": ("web_start on alpha",)}, {"dc": None}], ids=str)
def test_a_cluster_that_is_not_well_is_not_harmed(
    trial: Trial, stage: Stage, change: dict[str, object]
) -> None:
    stage.status = seen(stage.status, **change)
    with pytest.raises(Timeout, match=r"^not in 90 s: the cluster is settled, and nothing has fai"):
        trial.begin()
    assert stage.clock.now_s == RESTORING.total_seconds()
    assert not stage.timeline.knows(Settled)


# A lab that is fit.


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
    assert stage.clock.now_s == 20 + FITNESS.total_seconds()
    assert stage.calls("status") == ["cluster"]
    assert not stage.timeline.knows(Settled)


def test_a_processor_that_stood_still_is_a_reason_beside_others(trial: Trial, stage: Stage) -> None:
    loads(stage, since_s=1, until_s=200, strangers=0.9)
    for second in range(1, 200):
        stage.timeline.note(host_load(second, stalled_s=2.9))
    stage.clock.jump(20)
    both = r"^other processes took .*; alpha's processor was not let run for 2\.9 s"
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


# Recovered.


def acknowledges(stage: Stage, *stores: str) -> None:
    """Each store takes a write that is sent now, the second one a second after the first."""
    for number, store in enumerate(stores):
        sent = write(stage.clock.now_s + number, 900, store=store)
        stage.clock.after(number, partial(stage.timeline.note, sent))


def test_recovered_is_when_each_store_takes_a_write_after_each_guest_answered(
    begun: Trial, stage: Stage
) -> None:
    stage.clock.jump(10)  # all writes that were played are older
    acknowledges(stage, *STORES)
    begun.recover()
    assert stage.done == ["cluster status", "web answered", "shop answered"]
    [recovered] = stage.timeline.of(Recovered)
    last_s = END_S + 10 + len(STORES) - 1
    assert last_s <= recovered.at_s <= last_s + 0.5


def test_without_a_write_to_each_store_the_cluster_has_not_recovered(
    begun: Trial, stage: Stage
) -> None:
    stage.clock.jump(10)
    settled_s, (last, *others) = stage.clock.now_s, STORES
    acknowledges(stage, *others)
    stage.timeline.note(write(settled_s - 0.1, 900, store=last, took_s=1))  # sent too early
    stage.timeline.note(write(settled_s + 1, 901, store=last, good=False))
    with pytest.raises(Timeout, match=r"^not in 360 s: each store acknowledges a write"):
        begun.recover()
    assert stage.clock.now_s == settled_s + stage.lab.timings.patience_s
    assert not stage.timeline.knows(Recovered)


@pytest.mark.parametrize("name", ["web", "shop"])
def test_while_a_guest_does_not_answer_the_cluster_has_not_recovered(
    begun: Trial, stage: Stage, name: str
) -> None:
    stage.fails(f"{name} answered", Timeout(f"not in 240 s: {name} answers over HTTP"))
    with pytest.raises(Timeout, match=f"{name} answers"):
        begun.recover()
    assert not stage.timeline.knows(Recovered)


# The verdict.


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
