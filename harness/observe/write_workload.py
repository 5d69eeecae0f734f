"""The write workload: numbered entries that are sent to each guest's stores.

An acknowledged entry is on the disks of both nodes: the guest's stores sync before they answer. The
outage of writes is measured from the acknowledgements, so a retry follows a failed write soon.
"""

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from harness.errors import LabError, first_line
from harness.observe.blame import wait_while_observed
from harness.observe.line_connection import RefusedError
from harness.observe.observer import observer_thread
from harness.observe.probe_period import PROBE_PERIOD, next_due_s
from harness.observe.stores import Store, stores_of
from harness.plan.plan import GuestPlan
from harness.record.entry import entry
from harness.record.events import (
    Blind,
    FaultInjecting,
    StoreRead,
    StoreUnread,
    Watching,
    Write,
)
from harness.record.timeline import Timeline
from harness.target.target import Needs

PERIOD_BEFORE_FAULT = 4 * PROBE_PERIOD
"""Longest period until the first fault, so that some writes are in flight then."""
RECENT = timedelta(seconds=3)
"""Older writes do not show that a store accepts writes now."""
RETRY = timedelta(seconds=0.5)
"""Longest time from a failed write to the next one."""
SHORTEST_PERIOD = timedelta(seconds=0.1)
IN_A_ROW = 2
"""Consecutive acknowledged writes to each store before a fault is injected. The judge requires as
many."""
FIRST_WRITES = timedelta(seconds=60)
ATTEMPTS = 5
"""Attempts to read a store at the end. On a busy machine an answer may exceed its time-out."""


class WriteWorkload:
    """Runs one writer for each store, in its own thread, from `start` until `stop`."""

    name = "write_workload"
    watching = Watching(longest_hole_s=4)
    needs = Needs()

    def __init__(
        self, guests: Iterable[GuestPlan], timeline: Timeline, *, run: str, period: timedelta
    ) -> None:
        """`run` names this trial in each entry. Each store gets an entry every `period`."""
        self._timeline = timeline
        self._run = run
        self._period = period
        self._end = threading.Event()
        self._stores = [store for guest in guests for store in stores_of(guest)]
        self._latest: dict[str, tuple[Write, ...]] = {store.name: () for store in self._stores}
        self._threads = [self._writer(store) for store in self._stores]

    def start(self) -> None:
        """See `Observer.start`. Returns when each store has acknowledged an entry.

        Raises:
            Timeout: a store acknowledged nothing.
        """
        for thread in self._threads:
            thread.start()
        self._await_writes(1, within_last=FIRST_WRITES)

    def before_fault(self) -> None:
        """See `Observer.before_fault`.

        Returns when each store has recently acknowledged two consecutive writes, so that it
        certainly accepts writes when the fault comes. After the first fault there is nothing to
        prepare: the judge looks at the writes before the first fault only.

        Raises:
            Timeout: a store acknowledged too few writes.
        """
        if not self._timeline.knows(FaultInjecting):
            self._await_writes(IN_A_ROW, within_last=RECENT)

    def stop(self) -> None:
        """See `Observer.stop`. Returns within the time-out of one write."""
        self._end.set()
        for thread in filter(threading.Thread.is_alive, self._threads):
            thread.join()

    def collect(self) -> None:
        """See `Observer.collect`. Notes the content of each store at the end."""
        with ThreadPoolExecutor(max(1, len(self._stores))) as readers:
            for event in readers.map(_found, self._stores):
                self._timeline.note(event)

    def _writer(self, store: Store) -> threading.Thread:
        name = f"{self.name} of {store.name}"
        return observer_thread(name, lambda: self._write(store), self._timeline)

    def _write(self, store: Store) -> None:
        """Send entries until `stop`. A number that was not acknowledged is never sent again."""
        number = 0
        try:
            while not self._end.is_set():
                number += 1
                write = self._timeline.note(_push(store, self._run, number))
                self._latest[store.name] = (*self._latest[store.name], write)[-IN_A_ROW:]
                self._end.wait(self._pause_s(write))
        finally:
            store.close()

    def _pause_s(self, write: Write) -> float:
        """Return how long to wait after a write that has just ended."""
        now_s, period = time.monotonic(), self._period
        if not self._timeline.knows(FaultInjecting):
            period = min(period, PERIOD_BEFORE_FAULT)
        due_s = next_due_s(write.at_s, period)
        if write.problem:
            due_s = min(due_s, now_s + RETRY.total_seconds())
        return max(due_s, write.at_s + SHORTEST_PERIOD.total_seconds()) - now_s

    def _await_writes(self, count: int, *, within_last: timedelta) -> None:
        """Wait until that many of the latest writes to each store are acknowledged."""
        wait_while_observed(
            f"each store acknowledges {count} in a row",
            self._state,
            lambda _: all(_good(of, count, within_last) for of in self._latest.values()),
            timeline=self._timeline,
            within=FIRST_WRITES,
            every=SHORTEST_PERIOD,
        )

    def _state(self) -> str:
        """Return the result of the latest write to each store."""
        latest = {store: of[-1] for store, of in self._latest.items() if of}
        ends = (f"{store}: {of.problem or 'acknowledged'}" for store, of in latest.items())
        return ", ".join(ends) or "no write has ended"


def _good(latest: tuple[Write, ...], count: int, within_last: timedelta) -> bool:
    last, since_s = latest[-count:], time.monotonic() - within_last.total_seconds()
    sent = len(last) == count and last[0].at_s >= since_s
    return sent and not any(write.problem for write in last)


def _push(store: Store, run: str, number: int) -> Write:
    """Send an entry and return the result."""
    sent_s, held, problem = time.monotonic(), None, None
    try:
        held = store.push(entry(run, store.name, number))
    except RefusedError as error:
        problem = str(error)
    ended_s = time.monotonic()
    return Write(
        at_s=sent_s,
        store=store.name,
        number=number,
        ended_s=ended_s,
        acknowledged_s=None if problem else ended_s,
        held=held,
        problem=problem,
    )


def _found(store: Store) -> StoreRead | StoreUnread | Blind:
    """Read a store. Return its content, or why it is not known and whose failure that is."""
    problem = ""
    for _ in range(ATTEMPTS):
        try:
            return StoreRead(store=store.name, found=tuple(store.read()))
        except RefusedError as error:
            problem = str(error)
        except LabError as error:
            return Blind(observer=WriteWorkload.name, part=store.name, reason=first_line(error))
    return StoreUnread(store=store.name, problem=problem)
