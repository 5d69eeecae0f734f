"""Minimal stores of a guest on loopback. Their `mood` selects a kind of failure."""

import socketserver
import time
from contextlib import suppress
from io import BufferedIOBase

from harness.observe.stores import FILE_PORT, REDIS_PORT


class Lines(socketserver.ThreadingTCPServer):
    """The file store: it stores each line and echoes it, depending on its `mood`."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, address: str) -> None:
        super().__init__((address, FILE_PORT), Client)
        self.lines: list[str] = []
        self.clients = 0
        """Number of connections that were made."""
        self.mood = "good"
        """`good`: it echoes each line.
        `refuses`: it answers another line, and stores nothing.
        `silent`: it stores the line, and does not answer.
        `breaks off`: it stores the line, and closes the connection.
        `dribbles`: it sends its answer slowly, byte by byte.
        `says more`: it adds another line to its answer."""


class Client(socketserver.StreamRequestHandler):
    """A connection to the file store."""

    server: Lines

    def handle(self) -> None:
        self.server.clients += 1
        for line in self.rfile:
            if self.server.mood == "refuses":
                self.wfile.write(b"no room\n")
                continue
            self.server.lines.append(line.decode().rstrip("\n"))
            if self.server.mood == "breaks off":
                return
            if self.server.mood == "says more":
                self.wfile.write(line + b"no room\n")
            if self.server.mood == "dribbles":
                self._dribble(line)
            if self.server.mood == "good":
                self.wfile.write(line)

    def _dribble(self, line: bytes) -> None:
        with suppress(OSError):  # the client has gone
            for byte in line:
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)


class Redis(socketserver.ThreadingTCPServer):
    """Redis: it answers RPUSH, LRANGE and greetings, depending on its `mood`."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, address: str) -> None:
        super().__init__((address, REDIS_PORT), Conversation)
        self.lists: dict[bytes, list[bytes]] = {}
        self.mood = "good"
        """`good`, `refuses`, `silent` or `breaks off`. The last two store the entry first."""


class Conversation(socketserver.StreamRequestHandler):
    """A connection to Redis."""

    server: Redis

    def handle(self) -> None:
        while words := _command(self.rfile):
            reply = self._obey(*words)
            if words[0] in (b"RPUSH", b"LRANGE"):
                match self.server.mood:
                    case "refuses":
                        reply = b"-OOM command not allowed\r\n"
                    case "silent":
                        continue
                    case "breaks off":
                        return
            self.wfile.write(reply)

    def _obey(self, name: bytes, *words: bytes) -> bytes:
        lists = self.server.lists
        if name == b"RPUSH" and self.server.mood != "refuses":
            lists.setdefault(words[0], []).append(words[1])
            return b":%d\r\n" % len(lists[words[0]])
        if name == b"LRANGE":
            items = lists.get(words[0], [])
            encoded = b"".join(b"$%d\r\n%s\r\n" % (len(item), item) for item in items)
            return b"*%d\r\n%s" % (len(items), encoded)
        return b"%1\r\n$5\r\nproto\r\n:3\r\n" if name == b"HELLO" else b"+OK\r\n"


def _command(stream: BufferedIOBase) -> list[bytes]:
    """Return the words of the next command, or none if the client has closed the connection."""
    count = stream.readline()[1:]
    words = []
    for _ in range(int(count or 0)):
        length = int(stream.readline()[1:])
        words.append(stream.read(length + 2)[:-2])
    return words
