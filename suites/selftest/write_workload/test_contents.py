"""What the stores hold in the end is read from them."""

import threading

import pytest

from harness.errors import LabError
from harness.observe.line_connection import RefusedError
from harness.observe.write_workload import ATTEMPTS, WriteWorkload
from harness.record.events import Blind, Event, StoreRead, StoreUnread, Write
from harness.record.timeline import Timeline
from suites.selftest.write_workload.store import FakeStore


def collected(workload: WriteWorkload, timeline: Timeline) -> list[Event]:
    workload.collect()
    return [event for kind in (StoreRead, StoreUnread, Blind) for event in timeline.of(kind)]


def test_what_the_stores_hold_is_noted_in_their_order(
    workload: WriteWorkload, timeline: Timeline, redis: FakeStore, file: FakeStore
) -> None:
    redis.entries, file.problems = ["2 b", "1 a"], [RefusedError("x")] * (ATTEMPTS - 1)
    first, second = collected(workload, timeline)
    assert isinstance(first, StoreRead)
    assert isinstance(second, StoreRead)
    assert {first.store: first.found, second.store: second.found} == {
        "web.redis": ("2 b", "1 a"),
        "web.file": (),
    }
    assert file.reads == ATTEMPTS


def test_a_store_that_hands_out_nothing_is_unread_and_a_machine_that_cannot_ask_is_blind(
    workload: WriteWorkload, timeline: Timeline, redis: FakeStore, file: FakeStore
) -> None:
    redis.problem, file.problem = RefusedError("ConnectionError"), LabError("cannot ask")
    unread, blind = collected(workload, timeline)
    assert isinstance(unread, StoreUnread)
    assert isinstance(blind, Blind)
    assert (unread.store, unread.problem) == ("web.redis", "ConnectionError")
    assert (blind.observer, blind.part, blind.reason) == (
        "write_workload",
        "web.file",
        "cannot ask",
    )
    assert redis.reads == ATTEMPTS
    assert file.reads == 1


def test_stores_are_read_side_by_side(
    workload: WriteWorkload, redis: FakeStore, file: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=5)
    for store in (redis, file):
        monkeypatch.setattr(store, "read", lambda: [str(both.wait())])
    workload.collect()


def test_a_workload_that_was_never_started_can_be_stopped(
    workload: WriteWorkload, timeline: Timeline
) -> None:
    workload.stop()
    assert timeline.of(Write) == []
