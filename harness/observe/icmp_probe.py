"""The ICMP probe: echo requests to each guest, fifty times a second until the first fault."""

import os
import select
import socket
import struct
import threading
import time
from collections.abc import Iterable
from datetime import timedelta

from harness.errors import LabError
from harness.observe.blame import raise_if_ours, wait_while_observed
from harness.observe.observer import observer_thread
from harness.observe.probe_period import PROBE_PERIOD, next_due_s
from harness.plan.plan import GuestPlan
from harness.record.events import FaultInjecting, IcmpSample, Watching
from harness.record.timeline import Timeline
from harness.target.target import Needs

PERIOD = PROBE_PERIOD / 5
"""Until the first fault. Then the profile's period applies, to spare an emulated survivor."""
PATIENCE = timedelta(seconds=1)
"""Time-out of one request. A later answer does not count: the client has asked again."""
FIRST_ANSWER = timedelta(seconds=60)
REQUEST, REPLY = 8, 0
HEADER = struct.Struct("!BBHHH")
"""RFC 792: type, code, checksum, identifier, sequence number."""


class IcmpProbe:
    """Sends echo requests to all guests, in one thread, from `start` until `stop`."""

    name = "icmp_probe"
    watching = Watching(longest_hole_s=1, least_hz=9)
    needs = Needs()

    def __init__(
        self, guests: Iterable[GuestPlan], timeline: Timeline, *, after: timedelta
    ) -> None:
        """`after` is the period after the first fault."""
        self._after = after
        self._guests = {str(guest.address): guest.name for guest in guests}
        self._silent = set(self._guests.values())
        self._timeline = timeline
        self._asked: dict[tuple[str, int], float] = {}
        self._end = threading.Event()
        self._thread = observer_thread(self.name, self._run, timeline)
        self._identity = os.getpid() & 0xFFFF

    def start(self) -> None:
        """See `Observer.start`. Returns when each guest has answered once."""
        try:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        except OSError as error:
            raise LabError(f"{self.name}: no raw socket ({error.strerror}); run as root") from None
        self._socket.setblocking(False)
        self._thread.start()
        wait_while_observed(
            "each guest answers echoes",
            lambda: f"silent: {', '.join(sorted(self._silent))}",
            lambda _: not self._silent,
            timeline=self._timeline,
            within=FIRST_ANSWER,
            every=PERIOD,
        )

    def before_fault(self) -> None:
        """See `Observer.before_fault`. Nothing to do: until the fault the rate is highest."""

    def stop(self) -> None:
        """See `Observer.stop`."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def collect(self) -> None:
        """See `Observer.collect`. Nothing to do: each answer is noted at once."""

    def _run(self) -> None:
        with self._socket:
            self._ask_repeatedly()

    def _ask_repeatedly(self) -> None:
        due_s, number = time.monotonic(), 0
        while not self._end.is_set():
            number = (number + 1) & 0xFFFF
            for address in self._guests:
                self._ask(address, number)
            self._give_up()
            period = self._after if self._timeline.knows(FaultInjecting) else PERIOD
            due_s = next_due_s(due_s, period)
            self._receive(until_s=due_s)
        self._give_up(at_once=True)

    def _ask(self, address: str, number: int) -> None:
        self._asked[address, number] = time.monotonic()
        try:
            self._socket.sendto(echo_request(self._identity, number), (address, 0))
        except OSError as error:  # no route to that guest: a request without an answer
            raise_if_ours(error)

    def _receive(self, *, until_s: float) -> None:
        while (left_s := until_s - time.monotonic()) > 0:
            if not select.select([self._socket], [], [], left_s)[0]:
                return
            packet, (address, _) = self._socket.recvfrom(256)
            received_s = time.monotonic()
            number = reply_to(packet, self._identity)
            asked_s = self._asked.pop((address, number), None) if number is not None else None
            if asked_s is not None:
                self._note(address, asked_s, received_s)

    def _give_up(self, *, at_once: bool = False) -> None:
        late_s = time.monotonic() - (0 if at_once else PATIENCE.total_seconds())
        for address, number in [key for key, asked_s in self._asked.items() if asked_s <= late_s]:
            self._note(address, self._asked.pop((address, number)), None)

    def _note(self, address: str, asked_s: float, received_s: float | None) -> None:
        guest = self._guests[address]
        self._timeline.note(IcmpSample(at_s=asked_s, guest=guest, answered_s=received_s))
        if received_s is not None:
            self._silent.discard(guest)


def echo_request(identity: int, number: int) -> bytes:
    """Return an echo request."""
    blank = HEADER.pack(REQUEST, 0, 0, identity, number)
    return HEADER.pack(REQUEST, 0, _checksum(blank), identity, number)


def reply_to(packet: bytes, identity: int) -> int | None:
    """Return the number of the request that an IP packet answers, or None if it answers none."""
    start = (packet[0] & 0xF) * 4
    if len(packet) < start + HEADER.size:
        return None
    kind, _, _, whose, number = HEADER.unpack_from(packet, start)
    return int(number) if (kind, whose) == (REPLY, identity) else None


def _checksum(data: bytes) -> int:
    """Return the checksum of RFC 1071 for an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
