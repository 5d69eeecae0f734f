"""A TCP connection to a store, which answers each message with one line."""

import re
import socket
import time
from datetime import timedelta

from harness.observe.blame import raise_if_ours

PATIENCE = timedelta(seconds=2)
"""Of one write, connecting included; a store that is silent for longer has not acknowledged it."""
CONNECTING = timedelta(seconds=0.5)
"""Of a connection attempt: Linux repeats an unanswered SYN after 1 s, a new attempt is sooner."""


class RefusedError(Exception):
    """A store did not do what it was asked; names what went wrong."""


class LineConnection:
    """A connection over which each message is answered with one line."""

    def __init__(self, address: str, port: int) -> None:
        self._place = (address, port)
        self._socket: socket.socket | None = None

    def ask(self, message: bytes, expected: re.Pattern[bytes]) -> re.Match[bytes]:
        """Send a message once; the answer, if it is as expected.

        Raises:
            RefusedError: it is not, or there is none within `PATIENCE`.
            LabError: this machine could not ask.
        """
        deadline_s = time.monotonic() + PATIENCE.total_seconds()
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._place, CONNECTING.total_seconds())
            answer = _exchange(self._socket, message, deadline_s)
        except OSError as error:
            self.close()
            raise_if_ours(error)
            raise RefusedError(type(error).__name__) from None
        if match := expected.fullmatch(answer):
            return match
        self.close()
        raise RefusedError(f"answered {answer!r}")

    def close(self) -> None:
        """Hang up: what is answered later belongs to an earlier message, not to the next."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _exchange(connection: socket.socket, message: bytes, deadline_s: float) -> bytes:
    """What is answered to the message, up to the end of a line."""

    def limit() -> None:
        connection.settimeout(max(0.001, deadline_s - time.monotonic()))

    limit()
    connection.sendall(message)
    answer = b""
    while not answer.endswith(b"\n"):
        limit()
        piece = connection.recv(4096)
        if not piece:
            raise ConnectionResetError
        answer += piece
    return answer
