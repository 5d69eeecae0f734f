"""The stores of a guest: its redis, and a plain file that it syncs."""

import re
from datetime import timedelta
from typing import Protocol

import httpx
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness.observe.blame import raise_if_ours
from harness.observe.line_connection import LineConnection, RefusedError
from harness.plan.plan import GuestPlan

KEY = "ledger"
REDIS_PORT, FILE_PORT = 6379, 7007
READING = timedelta(seconds=2)
"""Time-out of one attempt to read a store."""


class Store(Protocol):
    """Stores entries in the order in which they arrive."""

    name: str

    def push(self, entry: str) -> int | None:
        """Store an entry. Returns when the store has acknowledged it. Never sends it twice.

        Returns the number of entries in the store by then, or None if the store does not report it.

        Raises:
            RefusedError: it was not acknowledged. The store may hold it or not.
            LabError: this machine could not send the request.
        """

    def read(self) -> list[str]:
        """Return all entries in order.

        Raises:
            RefusedError: the store does not answer.
            LabError: this machine could not send the request.
        """

    def close(self) -> None:
        """Close the connection. The next call opens a new one."""


def stores_of(guest: GuestPlan) -> list[Store]:
    """Return both stores of a guest."""
    return [RedisStore(guest), FileStore(guest)]


class RedisStore:
    """A list in redis, which runs with `appendfsync always`."""

    def __init__(self, guest: GuestPlan) -> None:
        self.name = f"{guest.name}.redis"
        self._address = str(guest.address)
        self._connection = LineConnection(self._address, REDIS_PORT)

    def push(self, entry: str) -> int:
        """See `Store.push`. redis answers with the length of its list.

        redis's own client is not used. It sends greetings first, and each may take as long as the
        write, so that the time of sending would not be known.
        """
        words = [word.encode() for word in ("RPUSH", KEY, entry)]
        message = b"*3\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
        return int(self._connection.ask(message, re.compile(rb":(\d+)\r\n"))[1])

    def read(self) -> list[str]:
        """See `Store.read`."""
        patience_s = READING.total_seconds()
        client: redis.Redis = redis.Redis(
            host=self._address,
            port=REDIS_PORT,
            socket_timeout=patience_s,
            socket_connect_timeout=patience_s,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
        try:
            return [str(entry) for entry in client.lrange(KEY, 0, -1)]
        except redis.RedisError as error:
            raise_if_ours(error)
            raise RefusedError(type(error).__name__) from None
        finally:
            client.close()

    def close(self) -> None:
        """See `Store.close`."""
        self._connection.close()


class FileStore:
    """Lines of a file. Each is answered with itself after an fsync. nginx serves the file."""

    def __init__(self, guest: GuestPlan) -> None:
        self.name = f"{guest.name}.file"
        self._address = str(guest.address)
        self._connection = LineConnection(self._address, FILE_PORT)

    def push(self, entry: str) -> None:
        """See `Store.push`."""
        line = f"{entry}\n".encode()
        self._connection.ask(line, re.compile(re.escape(line)))

    def read(self) -> list[str]:
        """See `Store.read`."""
        try:
            url = f"http://{self._address}/records"
            reply = httpx.get(url, timeout=READING.total_seconds()).raise_for_status()
        except httpx.HTTPError as error:
            raise_if_ours(error)
            raise RefusedError(type(error).__name__) from None
        return reply.text.splitlines()

    def close(self) -> None:
        """See `Store.close`."""
        self._connection.close()
