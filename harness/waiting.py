"""The wait loop of the harness."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from harness.errors import ClusterError

T = TypeVar("T")
Clock = Callable[[], float]


class Timeout(ClusterError):
    """A wait ended without success. The message has the time waited and the last observation.

    It counts as the cluster's failure unless the caller knows that the lab is to blame.
    """


class Impossible(ClusterError):
    """A wait ended early, because success has become impossible."""


def wait_for(
    sentence: str,
    observe: Callable[[], T],
    met: Callable[[T], bool],
    *,
    within: timedelta,
    every: timedelta = timedelta(seconds=1),
    impossible: Callable[[T], str | None] = lambda _: None,
    clock: Clock = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """Call `observe` until `met` accepts the result, and return that result.

    It observes at least once, and once more after the limit, so that one slow observation is no
    failure.

    Raises:
        Impossible: as soon as `impossible` returns a reason.
        Timeout: after `within`.
    """
    start = clock()
    while True:
        late = clock() - start >= within.total_seconds()
        view = observe()
        if met(view):
            return view
        if reason := impossible(view):
            raise Impossible(f"{sentence}: has become impossible, {reason}; last seen: {view}")
        if late:
            waited = clock() - start
            raise Timeout(f"not in {waited:.0f} s: {sentence}; last seen: {view}")
        pause(every.total_seconds())


def wait_until(
    sentence: str,
    met: Callable[[], bool],
    *,
    within: timedelta = timedelta(seconds=60),
    every: timedelta = timedelta(seconds=0.5),
) -> None:
    """Wait until `met` returns True. Like `wait_for`, for a fact without a state to show."""
    wait_for(sentence, met, bool, within=within, every=every)
