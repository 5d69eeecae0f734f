"""Each number is written once, and counts only when the store confirmed it."""

import itertools
import threading
from datetime import timedelta

import pytest

from harness.errors import Invalid, LabError
from harness.observe import write_workload as module
from harness.observe.line_connection import RefusedError
from harness.observe.write_workload import IN_A_ROW, WriteWorkload
from harness.record.entry import entry
from harness.record.events import Failure, Write
from harness.record.timeline import Timeline
from harness.waiting import Timeout, wait_until
from suites.selftest.fakes import FakeClock
from suites.selftest.write_workload.store import RUN, STRUCK, FakeStore, writes


def test_it_starts_when_each_store_has_acknowledged_and_writes_until_it_is_stopped(
    workload: WriteWorkload, timeline: Timeline, redis: FakeStore, file: FakeStore
) -> None:
    file.problems = [RefusedError("ConnectionRefusedError")] * 3
    workload.start()
    assert len(writes(timeline, file)) >= 4
    wait_until("it goes on", lambda: len(writes(timeline, redis)) >= 10, every=timedelta())
    workload.stop()
    workload.stop()
    for store, failed in ((redis, 0), (file, 3)):
        assert store.closed
        found = writes(timeline, store)
        assert [write.number for write in found] == list(range(1, len(found) + 1))
        assert all(write.at_s <= (write.acknowledged_s or 0) for write in found[failed:])
        assert store.entries == [entry(RUN, store.name, write.number) for write in found[failed:]]
        assert [write.held for write in found[failed:]] == list(range(1, len(found) - failed + 1))
    for write in writes(timeline, file)[:3]:
        outcome = (write.acknowledged_s, write.held, write.problem)
        assert outcome == (None, None, "ConnectionRefusedError")
    assert not timeline.knows(Failure)


@pytest.mark.usefixtures("clock")
def test_a_store_that_takes_no_write_keeps_the_test_from_its_start(
    workload: WriteWorkload, redis: FakeStore
) -> None:
    redis.problem = RefusedError("TimeoutError")
    with pytest.raises(Timeout, match="each store acknowledges 1 in a row"):
        workload.start()


def test_the_error_names_what_became_of_the_latest_write_to_each_store(
    workload: WriteWorkload, redis: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_WRITES", timedelta(milliseconds=100))
    redis.problem = RefusedError("TimeoutError")
    last = r"last seen: web\.redis: TimeoutError, web\.file: acknowledged$"
    with pytest.raises(Timeout, match=last):
        workload.start()


def test_a_fault_may_come_when_each_store_has_acknowledged_two_in_a_row(
    workload: WriteWorkload, timeline: Timeline, redis: FakeStore, file: FakeStore
) -> None:
    workload.start()
    workload.before_fault()
    for store in (redis, file):
        assert len(writes(timeline, store)) >= IN_A_ROW


def test_writes_that_are_no_longer_recent_let_no_fault_come(
    workload: WriteWorkload, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within so short a time nobody acknowledges two."""
    monkeypatch.setattr(module, "RECENT", timedelta())
    monkeypatch.setattr(module, "FIRST_WRITES", timedelta(seconds=0.2))
    workload.start()
    with pytest.raises(Timeout, match="each store acknowledges 2 in a row"):
        workload.before_fault()


@pytest.mark.usefixtures("clock")
def test_a_store_that_loses_every_second_write_keeps_a_fault_from_coming(
    workload: WriteWorkload, file: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    workload.start()
    count = itertools.count()

    def lossy(_: str) -> int:
        if next(count) % IN_A_ROW == 0:
            raise RefusedError("TimeoutError")
        return 1

    monkeypatch.setattr(file, "push", lossy)
    with pytest.raises(Timeout, match="each store acknowledges 2 in a row"):
        workload.before_fault()


def test_before_a_further_fault_nothing_is_waited_for(
    workload: WriteWorkload, timeline: Timeline
) -> None:
    """Nothing is written here, so a wait would not end."""
    timeline.note(STRUCK)
    workload.before_fault()
    assert timeline.of(Write) == []


@pytest.mark.parametrize(
    ("period_s", "took_s", "problem", "events", "pause_s"),
    [
        (1.0, 0.1, None, "", 0.3),
        (1.0, 1.5, None, "", 0.0),
        (1.0, 0.1, None, "struck", 0.9),
        (1.0, 0.0, "refused", "struck", 0.5),
        (1.0, 0.7, "TimeoutError", "struck", 0.3),
        (1.0, 2.0, "TimeoutError", "struck", 0.0),
        (1.0, 0.0, "refused", "", 0.4),
        (0.1, 0.02, None, "", 0.08),
        (0.1, 0.02, None, "struck", 0.08),
        (0.1, 0.0, "refused", "", 0.1),
        (0.1, 0.5, "TimeoutError", "", 0.0),
        (0.05, 0.0, None, "", 0.1),
        (0.05, 0.0, "refused", "", 0.1),
    ],
)
def test_the_next_write_follows_in_time_and_soon_after_a_failure(
    period_s: float,
    took_s: float,
    problem: str | None,
    events: str,
    pause_s: float,
    timeline: Timeline,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A write is sent at the period, at second 1000."""
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(module, "PERIOD_BEFORE_FAULT", timedelta(seconds=0.4))
    workload = WriteWorkload([], timeline, run=RUN, period=timedelta(seconds=period_s))
    if "struck" in events:
        timeline.note(STRUCK)
    clock.jump(took_s)
    write = Write(
        at_s=clock.now_s - took_s,
        store="web.redis",
        number=1,
        ended_s=clock.now_s,
        acknowledged_s=None if problem else clock.now_s,
        problem=problem,
    )
    assert max(0.0, workload._pause_s(write)) == pytest.approx(pause_s)


def test_stopping_waits_for_writes_that_are_on_their_way(
    workload: WriteWorkload, timeline: Timeline, redis: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    workload.start()
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: str) -> int:
        begun.set()
        go_on.wait(5)
        raise RefusedError("TimeoutError")

    monkeypatch.setattr(redis, "push", slow)
    assert begun.wait(5)
    threading.Timer(0.05, go_on.set).start()
    workload.stop()
    assert writes(timeline, redis)[-1].problem == "TimeoutError"


def test_a_machine_that_cannot_ask_ends_the_writing_and_is_to_blame(
    workload: WriteWorkload, timeline: Timeline, redis: FakeStore
) -> None:
    redis.problem = LabError("this machine cannot ask: Too many open files")
    with pytest.raises(Invalid, match=r"write_workload of web\.redis ended: LabError: this mach"):
        workload.start()
    assert redis.closed
    assert writes(timeline, redis) == []
    assert {failure.blame for failure in timeline.of(Failure)} == {"lab"}
