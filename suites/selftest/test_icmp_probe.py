"""The fast probe: packets as captured, and echoes over a socket that stands in for a raw one."""

import errno
import socket
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Address
from itertools import pairwise

import pytest

from harness.errors import Invalid, LabError
from harness.observe import icmp_probe as module
from harness.observe.icmp_probe import IcmpProbe, echo_request, reply_to
from harness.plan.plan import GuestPlan, Plan
from harness.record.events import Failure, FaultInjecting, IcmpSample
from harness.record.timeline import Timeline
from harness.waiting import Timeout, wait_until

IP = bytes.fromhex("4500001c00004000400126df7f4d02157f000001")
"""The header of an IP packet, twenty bytes of it, as Linux gives it with a raw socket."""


def test_a_question_is_an_echo_request_with_its_checksum() -> None:
    assert echo_request(0x1234, 7) == bytes.fromhex("0800e5c412340007")


@pytest.mark.parametrize(
    ("packet", "number"),
    [
        (IP + bytes.fromhex("0000edc412340007"), 7),
        (IP + bytes.fromhex("0800e5c412340007"), None),
        (IP + bytes.fromhex("0000edc443210007"), None),
        (IP + bytes.fromhex("0000edc4"), None),
    ],
    ids=["ours", "a question", "a stranger's", "cut short"],
)
def test_an_answer_is_known_by_its_number(packet: bytes, number: int | None) -> None:
    assert reply_to(packet, 0x1234) == number


def test_a_longer_header_is_passed_over() -> None:
    packet = bytes([0x46]) + IP[1:] + bytes(4) + bytes.fromhex("0000edc412340007")
    assert reply_to(packet, 0x1234) == 7


class Wire:
    """A socket of echoes: answers at once, unless its guest is away or there is no way there."""

    def __init__(self, *_: object) -> None:
        self.pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.mood: str | OSError = "good"
        """Or `silent`, or what sending raises."""
        self.sender = "10.77.2.21"
        self.closed = False

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def fileno(self) -> int:
        return self.pair[0].fileno()

    def setblocking(self, _: bool) -> None:
        pass

    def sendto(self, packet: bytes, _: tuple[str, int]) -> None:
        if isinstance(self.mood, OSError):
            raise self.mood
        if self.mood == "good":
            self.pair[1].send(IP + bytes([0]) + packet[1:])

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        return self.pair[0].recv(size), (self.sender, 0)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    wire = Wire()
    monkeypatch.setattr("harness.observe.icmp_probe.socket.socket", lambda *_: wire)
    monkeypatch.setattr(module, "PERIOD", timedelta(milliseconds=2))
    monkeypatch.setattr(module, "PATIENCE", timedelta(milliseconds=20))
    yield wire
    for end in wire.pair:
        end.close()


@pytest.fixture
def web(plan: Plan, wire: Wire) -> GuestPlan:
    return plan.guests["web"].model_copy(update={"address": IPv4Address(wire.sender)})


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def probe(web: GuestPlan, timeline: Timeline) -> Iterator[IcmpProbe]:
    probe = IcmpProbe([web], timeline, after=timedelta(milliseconds=10))
    yield probe
    probe.stop()


def asked(timeline: Timeline, count: int) -> list[IcmpSample]:
    """The next questions that come to their end, that many or more."""
    before = len(timeline.of(IcmpSample))
    more = lambda: len(timeline.of(IcmpSample)) >= before + count  # noqa: E731
    wait_until("it asked", more, every=timedelta())
    return timeline.of(IcmpSample)[before:]


def test_each_question_is_noted_with_its_answer(
    probe: IcmpProbe, timeline: Timeline, wire: Wire
) -> None:
    probe.start()
    probe.before_fault()
    samples = asked(timeline, 20)
    assert {sample.guest for sample in samples} == {"web"}
    assert all(s.answered_s is not None and 0 <= s.answered_s - s.at_s < 1 for s in samples)
    assert not wire.closed
    probe.stop()
    probe.stop()
    assert wire.closed
    count = len(timeline.of(IcmpSample))
    probe.collect()
    assert len(timeline.of(IcmpSample)) == count
    assert not timeline.knows(Failure)


@pytest.mark.parametrize("mood", ["silent", OSError(errno.EHOSTUNREACH, "no route")])
def test_a_guest_that_goes_away_answers_none(
    probe: IcmpProbe, timeline: Timeline, wire: Wire, mood: str | OSError
) -> None:
    probe.start()
    wire.mood = mood
    asked(timeline, 20)
    assert {sample.answered_s for sample in asked(timeline, 20)} == {None}


def test_what_is_on_its_way_when_the_probe_stops_is_noted_as_unanswered(
    probe: IcmpProbe, timeline: Timeline, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", timedelta(minutes=1))
    probe.start()
    wire.mood = "silent"
    time.sleep(0.05)
    probe.stop()
    unanswered = [sample for sample in timeline.of(IcmpSample) if sample.answered_s is None]
    assert len(unanswered) > 5


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("mood", "sender"), [("silent", "10.77.2.21"), ("good", "10.77.2.99")])
def test_a_guest_that_does_not_answer_itself_keeps_the_test_from_its_start(
    probe: IcmpProbe, wire: Wire, mood: str, sender: str
) -> None:
    wire.mood, wire.sender = mood, sender
    with pytest.raises(Timeout, match="each guest answers echoes; last seen: silent: web"):
        probe.start()


def test_a_machine_that_has_no_way_left_does_not_blame_the_guest(
    probe: IcmpProbe, timeline: Timeline, wire: Wire
) -> None:
    wire.mood = OSError(errno.ENETUNREACH, "Network is unreachable")
    with pytest.raises(Invalid, match="icmp_probe ended: LabError: this machine cannot ask"):
        probe.start()
    assert wire.closed
    assert timeline.of(IcmpSample) == []


def test_a_person_who_may_not_send_echoes_is_told(
    probe: IcmpProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("harness.observe.icmp_probe.socket.socket", refuse)
    with pytest.raises(LabError, match=r"no raw socket \(Operation not permitted\); run as root"):
        probe.start()


def test_a_probe_that_was_never_started_can_be_stopped(
    probe: IcmpProbe, timeline: Timeline
) -> None:
    probe.stop()
    assert timeline.of(IcmpSample) == []


def test_after_a_fault_it_asks_at_the_profiles_rate(probe: IcmpProbe, timeline: Timeline) -> None:
    probe.start()
    before = [sample.at_s for sample in asked(timeline, 20)]
    victims = ("alpha",)
    timeline.note(FaultInjecting(fault="off", victims=victims, may_be_fenced=victims))
    asked(timeline, 2)
    after = [sample.at_s for sample in asked(timeline, 20)]
    assert statistics.median(b - a for a, b in pairwise(before)) < 0.008
    assert statistics.median(b - a for a, b in pairwise(after)) > 0.008
