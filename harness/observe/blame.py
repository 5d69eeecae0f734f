"""Errors while the cluster is observed: the cluster's or this machine's failure."""

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
"""Errors of this machine: it has no file, memory, port or route left to send a request. A guest
that does not answer gives other errors: refused, timed out, or unreachable (EHOSTUNREACH)."""


def raise_if_ours(error: BaseException) -> None:
    """Raise if this machine could not send a request. The guest did not fail to answer then.

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
    observe: Callable[[], T],
    met: Callable[[T], bool],
    *,
    timeline: Timeline,
    within: timedelta,
    every: timedelta,
) -> T:
    """Wait as `wait_for` does, but not longer than all observers run.

    Raises:
        Invalid: an observer has ended. The message names the reason.
        Timeout: after `within`.
    """

    def observe_unless_ended() -> T:
        if timeline.knows(Failure):
            raise Invalid(f"no honest test: {timeline.of(Failure)[0].reason}")
        return observe()

    return wait_for(sentence, observe_unless_ended, met, within=within, every=every)
