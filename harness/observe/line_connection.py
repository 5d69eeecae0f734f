"""A TCP connection to a store that answers each message with one line."""

import re
import socket
import time
from datetime import timedelta

from harness.observe.blame import raise_if_ours

PATIENCE = timedelta(seconds=2)
"""Time-out of one write, including the connection. A later answer is no acknowledgement."""
CONNECTING = timedelta(seconds=0.5)
"""Time-out of a connection attempt. A new attempt is sooner than Linux's second SYN after 1 s."""


class RefusedError(Exception):
    """A store did not acknowledge or answer a request. The message says what went wrong."""


class LineConnection:
    """A connection that is opened for the first message and after an error."""

    def __init__(self, address: str, port: int) -> None:
        self._place = (address, port)
        self._socket: socket.socket | None = None

    def ask(self, message: bytes, expected: re.Pattern[bytes]) -> re.Match[bytes]:
        """Send a message once and return the match of the answer.

        Raises:
            RefusedError: the answer is not as expected, or there is none within `PATIENCE`.
            LabError: this machine could not send the message.
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
        """Close the connection. A late answer must not be taken for that to the next message."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _exchange(connection: socket.socket, message: bytes, deadline_s: float) -> bytes:
    """Send a message and return the answer up to the end of a line."""

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
