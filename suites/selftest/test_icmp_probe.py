"""The fast probe: real echoes to addresses of this machine's loopback, and packets as captured."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Address

import pytest

from harness.observe import ping as module
from harness.observe.icmp_probe import Pings, echo_request, reply_to
from harness.plan import GuestPlan, Plan
from harness.record.timeline import Timeline
from harness.waiting import wait_until

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
        self.mood = "good"
        self.sender = "10.77.2.21"

    def fileno(self) -> int:
        return self.pair[0].fileno()

    def setblocking(self, _: bool) -> None:
        pass

    def sendto(self, packet: bytes, _: tuple[str, int]) -> None:
        if self.mood == "no way":
            raise OSError
        if self.mood == "good":
            self.pair[1].send(IP + bytes([0]) + packet[1:])

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        return self.pair[0].recv(size), (self.sender, 0)

    def close(self) -> None:
        for end in self.pair:
            end.close()


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    wire = Wire()
    monkeypatch.setattr(module.socket, "socket", lambda *_: wire)
    monkeypatch.setattr(module, "PERIOD", timedelta(milliseconds=2))
    monkeypatch.setattr(module, "PATIENCE", timedelta(milliseconds=20))
    yield wire
    wire.close()


@pytest.fixture
def web(plan: Plan, wire: Wire) -> GuestPlan:
    return plan.guests["web"].model_copy(update={"address": IPv4Address(wire.sender)})


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def pings(web: GuestPlan, timeline: Timeline) -> Iterator[Pings]:
    pings = Pings([web], timeline, after=timedelta(milliseconds=4))
    yield pings
    pings.stop()


def answers(pings: Pings, timeline: Timeline) -> list[float | None]:
    pings.start()
    wait_until("it asked", lambda: len(timeline.events("ping")) >= 20, every=timedelta())
    pings.stop()
    pings.stop()
    events = timeline.events("ping")
    assert {(e.source, e.detail["guest"]) for e in events} == {("probe", "web")}
    return [event.detail["answered_s"] for event in events]


def test_each_question_is_noted_with_its_answer(pings: Pings, timeline: Timeline) -> None:
    *told, _ = answers(pings, timeline)
    asked = [event.at_s for event in timeline.events("ping")]
    assert all(at is not None and 0 <= at - asked[n] < 1 for n, at in enumerate(told))


@pytest.mark.parametrize("mood", ["silent", "no way"])
def test_a_guest_that_is_away_answers_none(
    pings: Pings, timeline: Timeline, wire: Wire, mood: str
) -> None:
    wire.mood = mood
    assert set(answers(pings, timeline)) == {None}


def test_an_answer_of_a_stranger_is_none(pings: Pings, timeline: Timeline, wire: Wire) -> None:
    wire.sender = "10.77.2.99"
    assert set(answers(pings, timeline)) == {None}


def test_what_was_never_begun_can_be_stopped(pings: Pings, timeline: Timeline) -> None:
    pings.stop()
    assert timeline.events() == []


def test_since_the_fault_it_asks_at_the_profiles_pace(pings: Pings, timeline: Timeline) -> None:
    timeline.note("fault", "injecting", at_s=0.0)
    answers(pings, timeline)
    asked = [event.at_s for event in timeline.events("ping")]
    assert asked[-1] - asked[0] > 0.9 * 0.004 * (len(asked) - 1)
