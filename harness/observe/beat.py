"""When guests are asked: all observers ask at the same moments, so that an idle guest wakes once.

In emulation a guest's waking costs more than its answer. The same questions, each at a moment of
its own, took 0.35 of a processor; in one beat they take 0.29.
"""

import math
from datetime import timedelta

BEAT = timedelta(milliseconds=96)
"""10.4 Hz, so that a busy machine still gives 10. Other periods are its multiples or parts."""


def next_beat_s(since_s: float, period: timedelta) -> float:
    """The first moment after `since_s` that is a multiple of the period, in monotonic seconds.

    Example:
        due_s = next_beat_s(time.monotonic(), BEAT)
    """
    period_s = period.total_seconds()
    return (math.floor(since_s / period_s) + 1) * period_s
