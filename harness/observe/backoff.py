"""Backoff of the requests to a guest that may be too slow to answer them."""

from collections.abc import Iterator
from contextlib import contextmanager


class Backoff:
    """Decides at each tick of a probe whether to send a request: the more are open, the fewer.

    A request that times out closes its connection, so the next one opens a new one. Ten new
    connections a second can overload a guest that is short of processor time: guests with a sixth
    of an emulated processor answered no request for 25 s. With this backoff, a silent guest gets
    about four requests a second, at even intervals.
    """

    def __init__(self) -> None:
        self._open = 0
        self._ticks = 0

    def due(self) -> bool:
        """Return whether to send a request at this tick."""
        self._ticks += 1
        if self._ticks < self._open - 1:
            return False
        self._ticks = 0
        return True

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request as open for the duration of the context."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
