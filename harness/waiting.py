"""The one wait loop."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from harness.errors import ClusterError

T = TypeVar("T")
Clock = Callable[[], float]


class Timeout(ClusterError):
    """What was waited for did not come; the message has the time waited and the last view.

    The cluster's failure, where nobody knows it for the lab's.
    """


class Impossible(ClusterError):
    """What was waited for cannot come any more."""


def wait_for(
    sentence: str,
    look: Callable[[], T],
    met: Callable[[T], bool],
    *,
    within: timedelta,
    every: timedelta = timedelta(seconds=1),
    impossible: Callable[[T], str | None] = lambda _: None,
    clock: Clock = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """Look again and again until what is seen meets the wish; the view that did.

    Looks at least once, and once more after the limit, so that a slow look is not a failure.

    Raises:
        Impossible: as soon as `impossible` gives a reason.
        Timeout: after `within`.
    """
    start = clock()
    while True:
        late = clock() - start >= within.total_seconds()
        view = look()
        if met(view):
            return view
        if reason := impossible(view):
            raise Impossible(f"{sentence}: cannot come any more, {reason}; last seen: {view}")
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
    """Wait for a plain fact that has no view worth telling."""
    wait_for(sentence, met, bool, within=within, every=every)
