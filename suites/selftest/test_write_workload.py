"""The write ledger: each number once, and only what the store confirmed."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from harness.judge.measures.write_loss import record
from harness.observe import ledger as module
from harness.observe.stores import RefusedError
from harness.observe.write_workload import ATTEMPTS, ENOUGH, Ledger
from harness.plan import Plan
from harness.record.timeline import Event, Timeline
from harness.waiting import Timeout, wait_until


class FakeStore:
    """Keeps what it is told, unless it has a problem."""

    name = "web.redis"

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.problem: str | None = None
        self.reads = 0
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def push(self, record: str) -> int:
        if self.problem:
            raise RefusedError(self.problem)
        self.kept.append(record)
        return len(self.kept)

    def read(self) -> list[str]:
        self.reads += 1
        if self.problem:
            raise RefusedError(self.problem)
        return self.kept


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    """The guest's only one; its writer hardly waits."""
    monkeypatch.setattr(module, "PERIOD", timedelta(milliseconds=50))
    monkeypatch.setattr(module, "PERIOD_BEFORE", timedelta(milliseconds=5))
    return FakeStore()


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def ledger(
    plan: Plan, store: FakeStore, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ledger]:
    monkeypatch.setattr(module, "stores_of", lambda _: [store])
    ledger = Ledger([plan.guests["web"]], timeline)
    yield ledger
    ledger.stop()


def numbers(writes: list[Event]) -> list[int]:
    return [event.detail["number"] for event in writes]


def test_it_begins_when_the_store_has_confirmed_one_and_ends_when_it_is_stopped(
    ledger: Ledger, timeline: Timeline, store: FakeStore
) -> None:
    ledger.start()
    assert len(timeline.events("write")) >= 1
    ledger.stop()
    ledger.stop()
    assert store.closed
    writes = timeline.events("write")
    assert numbers(writes) == list(range(1, len(writes) + 1))
    assert all(event.at_s <= event.detail["acknowledged_s"] for event in writes)
    assert {(e.source, e.detail["store"], e.detail["problem"]) for e in writes} == {
        ("ledger", "web.redis", None)
    }
    assert store.kept == [record(number) for number in numbers(writes)]
    assert [event.detail["held"] for event in writes] == numbers(writes)


def test_what_the_store_holds_is_noted_in_its_order(
    ledger: Ledger, timeline: Timeline, store: FakeStore
) -> None:
    store.kept = ["2:b", "1:a"]
    ledger.read()
    [event] = timeline.events()
    assert (event.kind, event.detail) == ("store", {"store": "web.redis", "found": ["2:b", "1:a"]})


def test_what_the_store_did_not_confirm_is_noted_and_never_sent_again(
    ledger: Ledger, timeline: Timeline, store: FakeStore
) -> None:
    store.problem = "TimeoutError"
    ledger._hurry.set()
    ledger._threads[0].start()
    wait_until("it tried", lambda: len(timeline.events("write")) >= 2, every=timedelta())
    ledger.stop()
    writes = timeline.events("write")
    assert numbers(writes) == list(range(1, len(writes) + 1))
    assert {e.detail["problem"] for e in writes} == {"TimeoutError"}
    assert {e.detail["acknowledged_s"] for e in writes} == {None}
    assert {e.detail["held"] for e in writes} == {None}


def test_a_store_that_cannot_be_read_is_a_gap(
    ledger: Ledger, timeline: Timeline, store: FakeStore
) -> None:
    store.problem = "ConnectionError"
    ledger.read()
    [gap] = timeline.events()
    assert (gap.source, gap.kind) == ("ledger", "blind")
    assert gap.detail == {"store": "web.redis", "blind": "ConnectionError"}
    assert store.reads == ATTEMPTS


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("wait", [Ledger.start, Ledger.hurry], ids=["test", "fault"])
def test_a_store_that_takes_no_write_keeps_test_and_fault_from_beginning(
    wait: Callable[[Ledger], None], ledger: Ledger, store: FakeStore
) -> None:
    store.problem = "refused"
    with pytest.raises(Timeout, match="each guest takes writes"):
        wait(ledger)


def test_a_fault_may_strike_when_each_store_has_confirmed_enough_since_it_was_announced(
    ledger: Ledger, timeline: Timeline
) -> None:
    ledger.start()
    before = len(timeline.events("write"))
    ledger.hurry()
    assert len(timeline.events("write")) >= before + ENOUGH


@pytest.mark.parametrize(
    ("hurry", "struck", "pause"),
    [
        (False, False, ("at leisure", 0.05)),
        (True, False, ("until the end", 0.005)),
        (True, True, ("until the end", 0.05)),
        (False, True, ("until the end", 0.05)),
    ],
)
def test_it_writes_quickly_only_while_a_fault_is_about_to_strike(
    hurry: bool,
    struck: bool,
    pause: tuple[str, float],
    ledger: Ledger,
    timeline: Timeline,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[tuple[str, float]] = []
    if hurry:
        ledger._hurry.set()
    if struck:
        timeline.note("fault", "injecting")
    monkeypatch.setattr(ledger._end, "wait", lambda s: pauses.append(("until the end", s)))
    monkeypatch.setattr(ledger._hurry, "wait", lambda s: pauses.append(("at leisure", s)))
    ledger._pause()
    assert pauses == [pause]


def test_a_ledger_that_was_never_begun_can_be_stopped(ledger: Ledger, timeline: Timeline) -> None:
    ledger.stop()
    assert timeline.events() == []
