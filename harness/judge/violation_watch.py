"""Ends a test at the first violation of some invariants: it has shown what it was made to show."""

import signal
import threading
from collections.abc import Collection
from datetime import timedelta

from harness.errors import ClusterError
from harness.judge.invariants.catalogue import violations
from harness.record.timeline import Timeline

PERIOD = timedelta(seconds=3)


class ViolationWatch:
    """Judges the record of a running test, again and again, by some of the invariants.

    A thread judges, and a signal raises the error in the main thread, which runs the test.
    """

    def __init__(
        self, timeline: Timeline, numbers: Collection[str], *, period: timedelta = PERIOD
    ) -> None:
        """`numbers` are those of the invariants, for example `I5`."""
        self._timeline = timeline
        self._numbers = numbers
        self._period = period
        self._ended = threading.Event()
        self._found = ""
        self._thread = threading.Thread(target=self._watch, name="violation watch", daemon=True)

    def start(self) -> None:
        """Begin to watch. Must be called in the main thread.

        From then on until `stop`, the main thread may raise ClusterError at any line.
        """
        signal.signal(signal.SIGUSR1, lambda *_: self._end_test())
        self._thread.start()

    def stop(self) -> None:
        """End the watch. May be called again, and before `start`."""
        self._ended.set()

    def _watch(self) -> None:
        main = threading.main_thread().ident
        assert main is not None
        while not self._ended.wait(self._period.total_seconds()):
            self._found = self._violation()
            if self._found:
                signal.pthread_kill(main, signal.SIGUSR1)
                return

    def _violation(self) -> str:
        found = (v for v in violations(self._timeline.record()) if v.invariant in self._numbers)
        return next(map(str, found), "")

    def _end_test(self) -> None:
        if not self._ended.is_set():
            self._ended.set()
            raise ClusterError(f"ended early: {self._found}")
