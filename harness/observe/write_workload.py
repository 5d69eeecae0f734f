"""The write ledger: numbered records sent to each guest's stores, kept here as acknowledged.

An acknowledged record is on the disks of both nodes: the guest's stores sync before they answer.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from harness.judge.measures.write_loss import record
from harness.observe.stores import RefusedError, Store, stores_of
from harness.plan import GuestPlan
from harness.record.timeline import Timeline
from harness.waiting import wait_until

PERIOD = timedelta(seconds=5)
"""Between two writes to one store: one fsync of the guest's file system is five writes and five
flushes, and an emulated survivor has enough to do."""
PERIOD_BEFORE = timedelta(seconds=0.4)
"""While a fault is about to strike: some are on their way then."""
ENOUGH = 4
"""Acknowledged by each store in a row, before a fault may strike."""
ATTEMPTS = 5
"""To read a store in the end: on a busy machine one answer may take longer than its patience."""


class Ledger:
    """One writer for each store, in a thread of its own, from `start` until `stop`."""

    def __init__(self, guests: Iterable[GuestPlan], timeline: Timeline) -> None:
        self._timeline = timeline
        self._end = threading.Event()
        self._hurry = threading.Event()
        self._stores = [store for guest in guests for store in stores_of(guest)]
        self._good = {store.name: 0 for store in self._stores}
        self._threads = [
            threading.Thread(target=self._write, args=(store,), name=store.name, daemon=True)
            for store in self._stores
        ]

    def start(self) -> None:
        """Write from now on, at leisure; returns when each store has acknowledged a record.

        Raises:
            Timeout: a store acknowledges nothing.
        """
        for thread in self._threads:
            thread.start()
        self._await_writes(dict.fromkeys(self._good, 1))

    def hurry(self) -> None:
        """A fault is about to strike: write quickly until it does. Returns when each store has
        acknowledged so many records that some are surely on their way then.

        Raises:
            Timeout: a store acknowledges too little.
        """
        self._hurry.set()
        self._await_writes({store: good + ENOUGH for store, good in self._good.items()})

    def stop(self) -> None:
        """Write no more; harmless when repeated."""
        self._end.set()
        self._hurry.set()
        for thread in filter(threading.Thread.is_alive, self._threads):
            thread.join()

    def read(self) -> None:
        """Note what each store holds in the end; a store that does not answer leaves a gap."""
        for store in self._stores:
            kind, detail = _found(store)
            self._timeline.note("ledger", kind, store=store.name, **detail)

    def _write(self, store: Store) -> None:
        """Every number is sent once: a write that was not acknowledged is never tried again."""
        number = 0
        while not self._end.is_set():
            number += 1
            sent = time.monotonic()
            problem, held = _push(store, record(number))
            acknowledged = None if problem else time.monotonic()
            self._timeline.note(
                *("ledger", "write"),
                at_s=sent,
                store=store.name,
                number=number,
                acknowledged_s=acknowledged,
                problem=problem,
                held=held,
            )
            if acknowledged:
                self._good[store.name] += 1
            self._pause()
        store.close()

    def _pause(self) -> None:
        if self._timeline.knows("injecting"):
            self._end.wait(PERIOD.total_seconds())
        elif self._hurry.is_set():
            self._end.wait(PERIOD_BEFORE.total_seconds())
        else:
            self._hurry.wait(PERIOD.total_seconds())

    def _await_writes(self, goal: Mapping[str, int]) -> None:
        reached = lambda: all(self._good[store] >= good for store, good in goal.items())  # noqa: E731
        wait_until("each guest takes writes", reached, every=PERIOD_BEFORE / 4)


def _push(store: Store, text: str) -> tuple[str | None, int | None]:
    """What went wrong, None when the store acknowledged it; how many it said to hold then."""
    try:
        return None, store.push(text)
    except RefusedError as error:
        return str(error), None


def _found(store: Store) -> tuple[str, dict[str, Any]]:
    """What the store holds, else why nobody knows."""
    problem = ""
    for _ in range(ATTEMPTS):
        try:
            return "store", {"found": store.read()}
        except RefusedError as error:
            problem = str(error)
    return "blind", {"blind": problem}
