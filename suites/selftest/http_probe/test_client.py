"""What a test asks of a guest's client."""

from datetime import timedelta

import pytest

from harness.errors import Invalid
from harness.observe import http_probe as module
from harness.observe.http_probe import GuestClient
from harness.record.events import Event, HttpSample, LossObjective, OutageObjective
from harness.record.timeline import Timeline
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock


class Recovery:
    """An objective that is two events."""

    def events_for(self, guest: str) -> list[Event]:
        return [
            OutageObjective(
                name="power_cut",
                guest=guest,
                service="reads",
                longest_s=40.0,
                further=0,
                further_s=0.0,
            ),
            LossObjective(name="power_cut", guest=guest, most=0),
        ]


class NoLoss:
    def events_for(self, guest: str) -> list[Event]:
        return [LossObjective(name="isolation", guest=guest, most=0)]


def test_what_is_required_of_a_guest_is_noted_for_the_judge(
    web: GuestClient, timeline: Timeline
) -> None:
    web.require(Recovery(), NoLoss())
    [outage] = timeline.of(OutageObjective)
    assert (outage.guest, outage.longest_s) == ("web", 40.0)
    losses = timeline.of(LossObjective)
    assert [(e.name, e.guest) for e in losses] == [("power_cut", "web"), ("isolation", "web")]


def sample(at_s: float, answered_s: float | None, problem: str = "ReadTimeout") -> HttpSample:
    return HttpSample(
        at_s=at_s,
        guest="web",
        connected_s=None,
        answered_s=answered_s,
        problem=None if answered_s else problem,
    )


@pytest.fixture
def now(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """It is 1000 s."""
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.mark.parametrize(
    "early", [sample(999.0, 999.5), sample(999.9, 1000.5), sample(1000.0, None)]
)
def test_only_an_answer_to_a_later_question_ends_the_wait(
    web: GuestClient, now: FakeClock, early: HttpSample
) -> None:
    web.note(early)
    with pytest.raises(Timeout, match="web answers over HTTP"):
        web.wait_until_answered()
    begin_s = now.now_s
    now.after(1, lambda: web.note(sample(now.now_s, now.now_s + 0.1)))
    web.wait_until_answered()
    assert 1 <= now.now_s - begin_s < 1.2


def test_a_slow_answer_to_an_earlier_question_hides_no_later_one(
    web: GuestClient, now: FakeClock
) -> None:
    now.after(1, lambda: web.note(sample(1000.6, 1000.7)))
    now.after(2, lambda: web.note(sample(999.5, 1001.0)))
    now.sleep(3)
    assert web.was_answered(since_s=1000.6)
    assert not web.was_answered(since_s=1000.7)


@pytest.mark.usefixtures("now")
def test_the_error_has_the_last_answer_and_the_last_problem(web: GuestClient) -> None:
    web.note(sample(990.0, 990.5))
    web.note(sample(999.0, None, "ConnectTimeout"))
    web.note(sample(998.0, None, "ReadTimeout"))
    last = r"last seen: no answer since 990\.5 s, for 14\.\d s; last problem: ConnectTimeout$"
    with pytest.raises(Timeout, match=last):
        web.wait_until_answered()


@pytest.mark.usefixtures("now")
def test_the_error_of_a_guest_that_never_answered_has_no_moment(web: GuestClient) -> None:
    with pytest.raises(Timeout, match=r"no answer so far; last problem: none$"):
        web.wait_until_answered()
    web.note(sample(999.0, None))
    with pytest.raises(Timeout, match=r"no answer so far; last problem: ReadTimeout$"):
        web.wait_until_answered()


def test_asking_lasts_until_a_question_was_asked_after_its_end(
    web: GuestClient, now: FakeClock
) -> None:
    now.after(9, lambda: web.note(sample(now.now_s, now.now_s)))
    now.after(12, lambda: web.note(sample(now.now_s, None)))
    web.wait_while_asking(timedelta(seconds=10))
    assert 12 <= now.now_s - 1000 < 12.2


@pytest.mark.usefixtures("now")
def test_a_client_that_asks_no_more_makes_the_test_invalid(web: GuestClient) -> None:
    with pytest.raises(Invalid, match="no honest test: not in 20 s: web gets requests for 0:00:10"):
        web.wait_while_asking(timedelta(seconds=10))
