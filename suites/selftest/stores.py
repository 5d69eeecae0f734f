"""A guest's stores as small as can be, on loopback: they may refuse, be silent or break off."""

import socketserver
import time
from contextlib import suppress
from io import BufferedIOBase

from harness.observe.stores import FILE_PORT, REDIS_PORT


class Lines(socketserver.ThreadingTCPServer):
    """The file store: keeps each line and says it back, as its `mood` is."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, address: str) -> None:
        super().__init__((address, FILE_PORT), Client)
        self.lines: list[str] = []
        self.clients = 0
        """How many connections were made."""
        self.mood = "good"
        """Or `refuses`: answers another line; `silent`, `breaks off`: after it has kept it;
        `dribbles`: a byte of its answer now and then; `says more`: another line with its answer."""


class Client(socketserver.StreamRequestHandler):
    """One client of the file store."""

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
    """Answers RPUSH and LRANGE in redis's protocol, and greetings, as its `mood` is."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, address: str) -> None:
        super().__init__((address, REDIS_PORT), Conversation)
        self.lists: dict[bytes, list[bytes]] = {}
        self.mood = "good"
        """Or `refuses`, `silent`, `breaks off`: the last two after it has kept the entry."""


class Conversation(socketserver.StreamRequestHandler):
    """One client."""

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
        kept = self.server.lists
        if name == b"RPUSH" and self.server.mood != "refuses":
            kept.setdefault(words[0], []).append(words[1])
            return b":%d\r\n" % len(kept[words[0]])
        if name == b"LRANGE":
            items = kept.get(words[0], [])
            told = b"".join(b"$%d\r\n%s\r\n" % (len(item), item) for item in items)
            return b"*%d\r\n%s" % (len(items), told)
        return b"%1\r\n$5\r\nproto\r\n:3\r\n" if name == b"HELLO" else b"+OK\r\n"


def _command(stream: BufferedIOBase) -> list[bytes]:
    """The next command's words; none when the client has gone."""
    count = stream.readline()[1:]
    words = []
    for _ in range(int(count or 0)):
        length = int(stream.readline()[1:])
        words.append(stream.read(length + 2)[:-2])
    return words
