"""Where a guest keeps what it acknowledges: its redis, and a plain file that it syncs."""

import socket
from datetime import timedelta
from typing import Protocol

import httpx
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness.plan import GuestPlan

KEY = "ledger"
FILE_PORT = 7007
PATIENCE = timedelta(seconds=2)
"""Of one write; a store that is silent for longer has not acknowledged it."""


class RefusedError(Exception):
    """A store did not do what it was asked; names what went wrong."""


class Store(Protocol):
    """Keeps records in the order in which they came."""

    name: str

    def push(self, record: str) -> int | None:
        """Keep a record; returns when it is acknowledged. Never sends it twice.

        How many records the store holds by then, None when it does not say.

        Raises:
            RefusedError: it was not acknowledged; it may be there or not.
        """

    def read(self) -> list[str]:
        """All records, in their order.

        Raises:
            RefusedError: the store does not answer.
        """

    def close(self) -> None:
        """Hang up; the next call connects anew."""


def stores_of(guest: GuestPlan) -> list[Store]:
    """Both stores of a guest."""
    return [RedisStore(guest), FileStore(guest)]


class RedisStore:
    """A list in redis, which runs with `appendfsync always`."""

    def __init__(self, guest: GuestPlan) -> None:
        self.name = f"{guest.name}.redis"
        patience = PATIENCE.total_seconds()
        self._client: redis.Redis = redis.Redis(
            host=str(guest.address),
            socket_timeout=patience,
            socket_connect_timeout=patience,
            # Else a write that failed would be sent again behind our back.
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )

    def push(self, record: str) -> int:
        """See `Store.push`; redis answers with the length of its list."""
        try:
            return int(self._client.rpush(KEY, record))
        except redis.RedisError as error:
            raise RefusedError(type(error).__name__) from None

    def read(self) -> list[str]:
        """See `Store.read`."""
        try:
            return [str(record) for record in self._client.lrange(KEY, 0, -1)]
        except redis.RedisError as error:
            raise RefusedError(type(error).__name__) from None

    def close(self) -> None:
        """See `Store.close`."""
        self._client.close()


class FileStore:
    """Lines of a file, each answered with itself after an fsync; nginx hands the file out."""

    def __init__(self, guest: GuestPlan) -> None:
        self.name = f"{guest.name}.file"
        self._address = str(guest.address)
        self._connection: socket.socket | None = None

    def push(self, record: str) -> None:
        """See `Store.push`."""
        try:
            if self._connection is None:
                place = (self._address, FILE_PORT)
                self._connection = socket.create_connection(place, PATIENCE.total_seconds())
            self._connection.sendall(f"{record}\n".encode())
            if self._connection.makefile().readline() != f"{record}\n":
                raise ConnectionResetError
        except OSError as error:
            # Whatever is answered on it later belongs to this record, not to the next.
            self.close()
            raise RefusedError(type(error).__name__) from None

    def read(self) -> list[str]:
        """See `Store.read`."""
        try:
            url = f"http://{self._address}/records"
            reply = httpx.get(url, timeout=PATIENCE.total_seconds()).raise_for_status()
        except httpx.HTTPError as error:
            raise RefusedError(type(error).__name__) from None
        return reply.text.splitlines()

    def close(self) -> None:
        """See `Store.close`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
