"""Where a node's clock stands against the hypervisor's monotonic one."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

QUESTIONS = 5


@dataclass(frozen=True)
class Clock:
    """A node's clock, as measured by asking it for the time."""

    offset_s: float
    """Its seconds since the epoch, less monotonic seconds of the hypervisor."""
    uncertainty_s: float
    """How much earlier or later it may be: half of the quickest round trip."""

    def monotonic(self, epoch_s: float) -> float:
        """When that was, in monotonic seconds of the hypervisor."""
        return epoch_s - self.offset_s


def read_clock(ask: Callable[[], float]) -> Clock:
    """Ask a node for its time, some times over, and believe the quickest answer."""
    return min(_readings(ask), key=lambda clock: clock.uncertainty_s)


def _readings(ask: Callable[[], float]) -> Iterable[Clock]:
    for _ in range(QUESTIONS):
        asked = time.monotonic()
        told = ask()
        answered = time.monotonic()
        yield Clock(told - (asked + answered) / 2, (answered - asked) / 2)
