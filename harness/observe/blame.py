"""While the cluster is observed: is it to blame that something does not come, or this machine?"""

import errno
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from harness.errors import Invalid, LabError
from harness.record.events import Failure
from harness.record.timeline import Timeline
from harness.waiting import wait_for

T = TypeVar("T")
OURS = frozenset(
    {
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS),
        *(errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.ENETDOWN),
    }
)
"""This machine has no file, memory, port or way left to ask with. A guest that does not answer
is refused, silent, or a host that cannot be reached (EHOSTUNREACH)."""


def raise_if_ours(error: BaseException) -> None:
    """Raise when this machine could not ask, for then the guest has not failed to answer.

    Raises:
        LabError: names what this machine lacks.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in OURS:
            raise LabError(f"this machine cannot ask: {cause.strerror}") from error
        cause = cause.__cause__ or cause.__context__


def wait_while_observed(
    sentence: str,
    look: Callable[[], T],
    met: Callable[[T], bool],
    *,
    timeline: Timeline,
    within: timedelta,
    every: timedelta,
) -> T:
    """Wait as `wait_for` does, and end the wait when an observer has ended: nobody would see it.

    Raises:
        Invalid: an observer has ended; names the reason.
        Timeout: after `within`.
    """

    def look_if_observed() -> T:
        if timeline.knows(Failure):
            raise Invalid(f"no honest test: {timeline.of(Failure)[0].reason}")
        return look()

    return wait_for(sentence, look_if_observed, met, within=within, every=every)
