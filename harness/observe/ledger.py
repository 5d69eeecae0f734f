"""The write ledger: numbered records sent to each guest's redis, kept here as acknowledged.

redis runs with `appendfsync always`, so an acknowledged record is on the disks of both nodes.
"""

import threading
import time
from collections.abc import Iterable
from datetime import timedelta

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness.cluster.waiting import wait_until
from harness.judge.ledger import BEFORE, LEAST_HZ, PERIOD, PERIOD_AFTER, record
from harness.plan import GuestPlan
from harness.timeline import Timeline

KEY = "ledger"
ATTEMPTS = 5
"""To read a store in the end: on a busy machine one answer may take longer than its patience."""
PATIENCE = timedelta(seconds=2)
"""Of one write; a store that is silent for longer has not acknowledged it."""


class Ledger:
    """One writer for each guest, in a thread of its own, from `start` until `stop`."""

    def __init__(self, guests: Iterable[GuestPlan], timeline: Timeline) -> None:
        self._timeline = timeline
        self._end = threading.Event()
        self._stores = {guest.name: _store(guest) for guest in guests}
        self._good = dict.fromkeys(self._stores, 0)
        self._threads = [
            threading.Thread(target=self._write, args=(name,), name=f"ledger {name}", daemon=True)
            for name in self._stores
        ]

    def start(self) -> None:
        """Write from now on; returns when each store has acknowledged its first few records.

        Raises:
            Timeout: a store takes no write.
        """
        for thread in self._threads:
            thread.start()
        enough = LEAST_HZ * BEFORE.total_seconds()
        wait_until("each guest takes writes", lambda: min(self._good.values()) >= enough)

    def stop(self) -> None:
        """Write no more; harmless when repeated."""
        self._end.set()
        for thread in filter(threading.Thread.is_alive, self._threads):
            thread.join()

    def read(self) -> None:
        """Note what each store holds in the end; a store that does not answer leaves a gap."""
        for name, store in self._stores.items():
            for attempt in range(ATTEMPTS):
                try:
                    found = store.lrange(KEY, 0, -1)
                except redis.RedisError as error:
                    if attempt == ATTEMPTS - 1:
                        said = type(error).__name__
                        self._timeline.note("ledger", "blind", store=name, blind=said)
                else:
                    self._timeline.note("ledger", "store", store=name, found=found)
                    break

    def _write(self, name: str) -> None:
        """Every number is sent once: a write that was not acknowledged is never tried again."""
        number = 0
        while not self._end.is_set():
            number += 1
            sent = time.monotonic()
            problem = self._push(name, record(number))
            acknowledged = None if problem else time.monotonic()
            self._timeline.note(
                *("ledger", "write"),
                at_s=sent,
                store=name,
                number=number,
                acknowledged_s=acknowledged,
                problem=problem,
            )
            if acknowledged:
                self._good[name] += 1
            struck = self._timeline.knows("injecting")
            self._end.wait((PERIOD_AFTER if struck else PERIOD).total_seconds())

    def _push(self, name: str, text: str) -> str | None:
        try:
            self._stores[name].rpush(KEY, text)
        except redis.RedisError as error:
            return type(error).__name__
        return None


def _store(guest: GuestPlan) -> "redis.Redis":
    """A client that tells the truth: a write that failed is not sent again behind our back."""
    patience = PATIENCE.total_seconds()
    return redis.Redis(
        host=str(guest.address),
        socket_timeout=patience,
        socket_connect_timeout=patience,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
