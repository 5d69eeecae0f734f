"""The common period of all probes: they send at the same moments, so that an idle guest wakes once.

In emulation, waking a guest costs more than its answer. The same requests took 0.35 of a processor
when each was sent at a moment of its own, and 0.25 at common moments.
"""

from datetime import timedelta

PROBE_PERIOD = timedelta(milliseconds=96)
"""10.4 Hz, so that a busy machine still reaches 10 Hz. Other periods are multiples or fractions."""


def next_due_s(since_s: float, period: timedelta) -> float:
    """Return the first multiple of the period after `since_s`, in monotonic seconds.

    Example:
        due_s = next_due_s(time.monotonic(), PROBE_PERIOD)
    """
    # Whole microseconds: in floating point, a multiple of the period may be its own successor.
    since_us, period_us = round(since_s * 1e6), period // timedelta(microseconds=1)
    return (since_us // period_us + 1) * period_us / 1e6
