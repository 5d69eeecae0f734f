"""The one wait loop, on a clock that jumps."""

from datetime import timedelta

import pytest

from harness.waiting import Impossible, Timeout, wait_for, wait_until
from suites.selftest.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("clock")
WITHIN = timedelta(seconds=10)


class Views:
    """A world that shows one view after the other, and the last one for ever."""

    def __init__(self, *views: str) -> None:
        self._views = list(views)
        self.looks = 0

    def __call__(self) -> str:
        self.looks += 1
        return self._views[min(self.looks, len(self._views)) - 1]


def up(view: str) -> bool:
    return view == "up"


def hopeless(view: str) -> str | None:
    return "the disk is gone" if view == "dead" else None


def test_what_is_true_at_once_is_not_waited_for(clock: FakeClock) -> None:
    begin = clock.now_s
    assert wait_for("it is up", Views("up"), up, within=WITHIN) == "up"
    assert clock.now_s == begin


def test_what_becomes_true_is_seen_at_the_next_look(clock: FakeClock) -> None:
    begin, world = clock.now_s, Views("down", "down", "up", "down")
    every = timedelta(seconds=3)
    assert wait_for("it is up", world, up, within=WITHIN, every=every) == "up"
    assert (world.looks, clock.now_s - begin) == (3, 6)


def test_a_look_is_taken_even_without_time() -> None:
    assert wait_for("it is up", Views("up"), up, within=timedelta()) == "up"


def test_a_timeout_tells_sentence_time_and_the_last_view() -> None:
    with pytest.raises(Timeout) as late:
        wait_for("it is up", Views("down", "booting"), up, within=WITHIN)
    assert str(late.value) == "not in 10 s: it is up; last seen: booting"


def test_what_is_true_just_at_the_limit_is_in_time() -> None:
    world = Views(*["down"] * 10, "up")
    assert wait_for("it is up", world, up, within=WITHIN) == "up"


def test_what_cannot_come_any_more_ends_the_wait_early(clock: FakeClock) -> None:
    begin, world = clock.now_s, Views("down", "dead")
    with pytest.raises(Impossible) as hopeless_wait:
        wait_for("it is up", world, up, within=WITHIN, impossible=hopeless)
    assert str(hopeless_wait.value) == (
        "it is up: has become impossible, the disk is gone; last seen: dead"
    )
    assert clock.now_s - begin == 1


def test_success_counts_even_if_it_looks_hopeless() -> None:
    seen = wait_for(
        "it is dead", Views("dead"), hopeless_is_met, within=WITHIN, impossible=hopeless
    )
    assert seen == "dead"


def hopeless_is_met(view: str) -> bool:
    return view == "dead"


def test_a_look_that_takes_longer_than_the_limit_is_followed_by_a_last_one(
    clock: FakeClock,
) -> None:
    world = Views("down", "up")

    def slow_look() -> str:
        clock.jump(60)
        return world()

    assert wait_for("it is up", slow_look, up, within=WITHIN) == "up"


def test_a_clock_that_jumps_still_leaves_a_last_look(clock: FakeClock) -> None:
    world = Views("down", "down")

    def look() -> str:
        clock.jump(3600)
        return world()

    with pytest.raises(Timeout, match="not in 7201 s"):
        wait_for("it is up", look, up, within=WITHIN)
    assert world.looks == 2


def test_a_plain_fact_is_waited_for() -> None:
    facts = iter([False, True])
    wait_until("the port is open", lambda: next(facts))
    assert list(facts) == []


def test_a_plain_fact_that_does_not_come_is_told() -> None:
    with pytest.raises(Timeout, match="not in 60 s: the port is open; last seen: False"):
        wait_until("the port is open", lambda: False)
