"""Triggers: a fault is injected when an event of the running test comes, and not before."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from harness.errors import Invalid
from harness.faults.inject import Injector
from harness.faults.trigger import Trigger, logged, members, promoted, reported, started
from harness.plan.load import load
from harness.record.events import ConditionMet, Event, FaultInjecting, Triggered
from harness.record.timeline import Timeline
from harness.waiting import Timeout
from suites.selftest.fake_fault import FakeExpiry, FakeFault, as_json
from suites.selftest.fakes import FakeTarget
from suites.selftest.node_events import node_sample, role

PLAN = load()
WEB, ALPHA, BRAVO = PLAN.guests["web"], PLAN.nodes["alpha"], PLAN.nodes["bravo"]
SOON = timedelta(seconds=5)
ASKED = Trigger("it is asked for", reported(lambda event: isinstance(event, ConditionMet)))


class Hearing(Timeline):
    """A record on which an event comes as soon as somebody listens."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self._event = event

    @contextmanager
    def subscribed(self, hear: Callable[[Event], None]) -> Iterator[None]:
        hear(self._event)
        yield


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def later(timeline: Timeline) -> Iterator[threading.Timer]:
    """Notes an event in another thread, a moment after it is started."""
    event = ConditionMet(sentence="now")
    timer = threading.Timer(0.05, lambda: timeline.note(event))
    yield timer
    timer.join()


@pytest.mark.parametrize(
    ("trigger", "event", "met"),
    [
        (promoted(WEB, BRAVO), role(1, "bravo", "Primary"), True),
        (promoted(WEB, BRAVO), role(1, "bravo", "Secondary"), False),
        (promoted(WEB, BRAVO), role(1, "alpha", "Primary"), False),
        (promoted(WEB, BRAVO), role(1, "bravo", "Primary", guest="shop"), False),
        (promoted(WEB, BRAVO), node_sample(1, "bravo", runs="web"), False),
        (started(WEB, BRAVO), node_sample(1, "bravo", runs="shop web"), True),
        (started(WEB, BRAVO), node_sample(1, "bravo", runs="shop"), False),
        (started(WEB, BRAVO), node_sample(1, "alpha", runs="web"), False),
        (started(WEB, BRAVO), role(1, "bravo", "Primary"), False),
    ],
)
def test_a_trigger_is_one_event_of_one_node(
    trigger: Trigger, event: Event, met: bool, target: FakeTarget
) -> None:
    if met:
        assert trigger.wait(target, Hearing(event), within=timedelta()) == event.at_s
    else:
        with pytest.raises(Timeout):
            trigger.wait(target, Hearing(event), within=timedelta())


def test_a_membership_is_read_from_the_journal_of_another_node(target: FakeTarget) -> None:
    target.shell.answer("journalctl", "[QUORUM] Members[3]: 1 2 3")
    before_s = time.monotonic()
    aimed_s = members(3, seen_by=ALPHA).wait(target, Timeline(), within=SOON)
    assert before_s <= aimed_s <= time.monotonic()
    [(node, command)] = target.shell.asked
    assert node == "alpha"
    assert r"Members\[3\]" in command


def test_a_line_that_never_comes_is_a_timeout(target: FakeTarget) -> None:
    target.shell.silent.add("alpha")
    token = Trigger("a token is lost", logged(ALPHA, "corosync", "token"))
    with pytest.raises(Timeout, match=r"^not in 5 s: a token is lost$"):
        token.wait(target, Timeline(), within=SOON)


def test_a_trigger_reads_as_what_happens_and_how_much_later() -> None:
    assert str(promoted(WEB, BRAVO)) == "web is promoted on bravo"
    assert str(started(WEB, ALPHA).later(timedelta(milliseconds=500))) == (
        "0.5 s after: web is started on alpha"
    )


def test_the_wait_ends_with_the_event(
    target: FakeTarget, timeline: Timeline, later: threading.Timer
) -> None:
    later.start()
    aimed_s = ASKED.wait(target, timeline, within=SOON)
    assert aimed_s == timeline.of(ConditionMet)[0].at_s


def test_the_delay_counts_from_the_event(
    target: FakeTarget, timeline: Timeline, later: threading.Timer
) -> None:
    later.start()
    delay = timedelta(milliseconds=100)
    aimed_s = ASKED.later(delay).wait(target, timeline, within=SOON)
    assert aimed_s == pytest.approx(timeline.of(ConditionMet)[0].at_s + 0.1)
    assert time.monotonic() >= aimed_s


def test_what_came_before_does_not_count(target: FakeTarget, timeline: Timeline) -> None:
    timeline.note(ConditionMet(sentence="too early"))
    with pytest.raises(Timeout, match=r"^not in 0 s: it is asked for$"):
        ASKED.wait(target, timeline, within=timedelta())


def test_nobody_hears_after_the_wait(timeline: Timeline) -> None:
    heard: list[Event] = []
    with timeline.subscribed(heard.append):
        first = timeline.note(ConditionMet(sentence="first"))
    timeline.note(ConditionMet(sentence="second"))
    assert heard == [first]


@pytest.fixture
def inject(target: FakeTarget, timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> Injector:
    monkeypatch.setattr("harness.faults.inject.Expiry", FakeExpiry)
    monkeypatch.setattr("harness.faults.inject.as_json", as_json)
    return Injector(target, timeline, ready=lambda: None)


def test_a_fault_comes_when_its_trigger_does_and_its_lateness_is_on_record(
    inject: Injector, timeline: Timeline, later: threading.Timer
) -> None:
    fault = FakeFault((ALPHA,))
    fault.at_injection = lambda: None if timeline.of(ConditionMet) else pytest.fail("too early")
    later.start()
    with inject(fault, when=ASKED):
        [triggered] = timeline.of(Triggered)
    assert (triggered.fault, triggered.trigger) == ("fault", "it is asked for")
    assert triggered.aimed_s == timeline.of(ConditionMet)[0].at_s
    assert triggered.late_s >= 0


def test_a_trigger_that_never_comes_is_named_and_no_fault_is_injected(
    inject: Injector, timeline: Timeline
) -> None:
    def never(*_: object, **__: object) -> float:
        raise Timeout("not in 360 s: it is asked for")

    never_comes = Trigger("it is asked for", never)
    fault = FakeFault((ALPHA,))
    with (
        pytest.raises(
            Invalid,
            match=r"^no honest test: the trigger did not come, not in 360 s: it is asked for$",
        ),
        inject(fault, when=never_comes),
    ):
        pytest.fail("the body must not run")
    inject.close()
    assert not timeline.of(FaultInjecting)
    assert "inject" not in fault.done
