"""The write ledger, with the real client: each number once, and only what the store confirmed."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Address

import pytest

from harness.cluster.waiting import Timeout, wait_until
from harness.judge.ledger import record
from harness.observe import ledger as module
from harness.observe.ledger import Ledger
from harness.plan import GuestPlan, Plan
from harness.timeline import Event, Timeline
from suites.selftest.stores import Store

ADDRESS = "127.77.2.21"
"""Of this machine alone, as all of 127.0.0.0/8 is."""


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(ADDRESS) as store:
        serving = threading.Thread(target=store.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield store
        store.shutdown()
        serving.join()


@pytest.fixture
def web(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> GuestPlan:
    """A guest whose redis is on loopback; its writer hardly waits."""
    monkeypatch.setattr(module, "PERIOD", timedelta(milliseconds=5))
    monkeypatch.setattr(module, "PERIOD_AFTER", timedelta(milliseconds=50))
    monkeypatch.setattr(module, "PATIENCE", timedelta(milliseconds=200))
    return plan.guests["web"].model_copy(update={"address": IPv4Address(ADDRESS)})


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def ledger(web: GuestPlan, timeline: Timeline) -> Iterator[Ledger]:
    ledger = Ledger([web], timeline)
    yield ledger
    ledger.stop()


def numbers(writes: list[Event]) -> list[int]:
    return [event.detail["number"] for event in writes]


def test_it_begins_when_the_store_has_confirmed_enough_and_ends_when_it_is_stopped(
    ledger: Ledger, timeline: Timeline, store: Store
) -> None:
    ledger.start()
    assert len(timeline.events("write")) >= 3
    ledger.stop()
    ledger.stop()
    writes = timeline.events("write")
    assert numbers(writes) == list(range(1, len(writes) + 1))
    assert all(event.at_s <= event.detail["acknowledged_s"] for event in writes)
    assert {(e.source, e.detail["store"], e.detail["problem"]) for e in writes} == {
        ("ledger", "web", None)
    }
    assert store.lists[b"ledger"] == [record(number).encode() for number in numbers(writes)]


def test_what_the_store_holds_is_noted_in_its_order(
    ledger: Ledger, timeline: Timeline, store: Store
) -> None:
    store.lists[b"ledger"] = [b"2:b", b"1:a"]
    ledger.read()
    [event] = timeline.events()
    assert (event.kind, event.detail) == ("store", {"store": "web", "found": ["2:b", "1:a"]})


@pytest.mark.parametrize(
    ("mood", "problem"),
    [
        ("silent", "TimeoutError"),
        ("breaks off", "ConnectionError"),
        ("refuses", "OutOfMemoryError"),
    ],
)
def test_what_the_store_did_not_confirm_is_noted_and_never_sent_again(
    ledger: Ledger, timeline: Timeline, store: Store, mood: str, problem: str
) -> None:
    store.mood = mood
    ledger._threads[0].start()
    wait_until("it tried", lambda: len(timeline.events("write")) >= 2, every=timedelta())
    ledger.stop()
    writes = timeline.events("write")
    assert numbers(writes) == list(range(1, len(writes) + 1))
    assert {e.detail["problem"] for e in writes} == {problem}
    assert {e.detail["acknowledged_s"] for e in writes} == {None}
    kept = [] if mood == "refuses" else [record(n).encode() for n in numbers(writes)]
    assert store.lists.get(b"ledger", []) == kept


def test_a_store_that_is_not_there_is_a_gap(ledger: Ledger, timeline: Timeline) -> None:
    ledger.read()
    [gap] = timeline.events()
    assert (gap.source, gap.kind) == ("ledger", "blind")
    assert gap.detail == {"store": "web", "blind": "ConnectionError"}


@pytest.mark.usefixtures("clock")
def test_a_store_that_takes_no_write_keeps_the_test_from_beginning(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "_push", lambda *_: "refused")
    with pytest.raises(Timeout, match="each guest takes writes"):
        ledger.start()


def test_after_the_fault_it_writes_at_leisure(
    ledger: Ledger, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        timeline.note("fault", "injecting")
        if len(pauses) == 3:
            ledger._end.set()

    monkeypatch.setattr(ledger, "_push", lambda *_: None)
    monkeypatch.setattr(ledger._end, "wait", wait)
    ledger._write("web")
    assert pauses == [0.005, 0.05, 0.05]


def test_a_ledger_that_was_never_begun_can_be_stopped(ledger: Ledger, timeline: Timeline) -> None:
    ledger.stop()
    assert timeline.events() == []
