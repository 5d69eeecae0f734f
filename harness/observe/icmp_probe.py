"""The fast probe: ICMP echoes to each guest, fifty times a second until the fault."""

import os
import select
import socket
import struct
import threading
import time
from collections.abc import Iterable
from datetime import timedelta

from harness.plan import GuestPlan
from harness.record.timeline import Timeline

PERIOD = timedelta(milliseconds=20)
"""Until the fault; since then as the profile says, for an emulated survivor has enough to do."""
PATIENCE = timedelta(seconds=1)
"""An answer that comes later is none: the client has asked again."""
REQUEST, REPLY = 8, 0
HEADER = struct.Struct("!BBHHH")
"""RFC 792: type, code, checksum, identifier, sequence number."""


class Pings:
    """Asks all guests, in one thread, from `start` until `stop`."""

    def __init__(
        self, guests: Iterable[GuestPlan], timeline: Timeline, *, after: timedelta
    ) -> None:
        self._after = after
        self._guests = {str(guest.address): guest.name for guest in guests}
        self._timeline = timeline
        self._asked: dict[tuple[str, int], float] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ping", daemon=True)
        self._identity = os.getpid() & 0xFFFF

    def start(self) -> None:
        """Ask from now on."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._socket.setblocking(False)
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; harmless when repeated."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
            self._socket.close()

    def _run(self) -> None:
        due, number = time.monotonic(), 0
        while not self._end.is_set():
            number = (number + 1) & 0xFFFF
            for address in self._guests:
                self._ask(address, number)
            self._give_up()
            struck = self._timeline.knows("injecting")
            due += (self._after if struck else PERIOD).total_seconds()
            self._hear(until=due)
        self._give_up(at_once=True)

    def _ask(self, address: str, number: int) -> None:
        self._asked[address, number] = time.monotonic()
        try:
            self._socket.sendto(echo_request(self._identity, number), (address, 0))
        except OSError:  # no way there, or no room: a question without an answer
            return

    def _hear(self, *, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            if not select.select([self._socket], [], [], left)[0]:
                return
            packet, (address, _) = self._socket.recvfrom(256)
            heard = time.monotonic()
            number = reply_to(packet, self._identity)
            asked = self._asked.pop((address, number), None) if number is not None else None
            if asked is not None:
                self._note(address, asked, heard)

    def _give_up(self, *, at_once: bool = False) -> None:
        late = time.monotonic() - (0 if at_once else PATIENCE.total_seconds())
        for address, number in [key for key, asked in self._asked.items() if asked <= late]:
            self._note(address, self._asked.pop((address, number)), None)

    def _note(self, address: str, asked: float, heard: float | None) -> None:
        self._timeline.note(
            "probe", "ping", at_s=asked, guest=self._guests[address], answered_s=heard
        )


def echo_request(identity: int, number: int) -> bytes:
    """The packet that asks."""
    blank = HEADER.pack(REQUEST, 0, 0, identity, number)
    return HEADER.pack(REQUEST, 0, _checksum(blank), identity, number)


def reply_to(packet: bytes, identity: int) -> int | None:
    """The number of our question that a received IP packet answers, None when it does not."""
    start = (packet[0] & 0xF) * 4
    if len(packet) < start + HEADER.size:
        return None
    kind, _, _, whose, number = HEADER.unpack_from(packet, start)
    return int(number) if (kind, whose) == (REPLY, identity) else None


def _checksum(data: bytes) -> int:
    """RFC 1071, of an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
