"""What DRBD and libvirt report is passed on line by line."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.observe import node_agent
from suites.selftest.node_agent.agent import Agent, others, tool


def test_what_drbd_and_libvirt_report_is_passed_on_line_by_line(
    agent: Agent, tmp_path: Path
) -> None:
    tool(tmp_path, "drbdsetup", "exists resource name:web role:Secondary suspended:no", "exists -")
    tool(tmp_path, "virsh", "event 'lifecycle' for domain 'web': Started Booted")
    assert others(agent(tmp_path), 3) == [
        "domain=event 'lifecycle' for domain 'web': Started Booted",
        "drbd=exists -",
        "drbd=exists resource name:web role:Secondary suspended:no",
    ]


def test_the_end_of_a_stream_is_reported_and_it_is_opened_again(
    agent: Agent, tmp_path: Path
) -> None:
    tool(tmp_path, "drbdsetup", "exists -", then="exit 1")
    lines = agent(tmp_path)
    assert others(lines, 3) == ["drbd=exists -", "ended=domain", "ended=drbd"]
    assert others(lines, 5) == [
        *("drbd=exists -", "ended=domain", "ended=drbd"),
        *("opened=domain", "opened=drbd"),
    ]


class Ended(Exception):
    """The agent itself never ends."""


def test_streams_begin_once_when_the_first_look_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A test waits for that look, and virsh takes an emulated node's processor for long."""
    done: list[str] = []
    rounds = iter(range(2))

    class FakeOutput:
        def __init__(self, *_: str) -> None:
            pass

        def write(self, fact: str, _: float) -> None:
            done.append(fact)

    class FakeGuests:
        def sample(self) -> str:
            return f"runs=web/{len(done)}"

        def served(self) -> str:
            return "web/7:1.5+0.5"

    class FakeStream:
        def __init__(self, name: str, _: object) -> None:
            self.name = name
            done.append(name)

    def listen(*_: object) -> None:
        if next(rounds, None) is None:
            raise Ended

    monkeypatch.setattr(node_agent, "Output", FakeOutput)
    monkeypatch.setattr(node_agent, "Guests", FakeGuests)
    monkeypatch.setattr(node_agent, "Stream", FakeStream)
    monkeypatch.setattr(node_agent, "listen", listen)
    monkeypatch.setattr(node_agent, "read", lambda _: "")
    with pytest.raises(Ended):
        node_agent.main("127.0.0.1", "9")
    looks = [f"runs=web/{number} primary= served=web/7:1.5+0.5" for number in (0, 3, 4)]
    assert done == [looks[0], "drbd", "domain", *looks[1:]]


@pytest.fixture
def stream() -> Iterator[tuple[node_agent.Stream, int]]:
    """A stream of which one holds the other end."""
    stream = node_agent.Stream("name", ("/nowhere/command",))
    os.close(stream.handle)
    stream.handle, end = os.pipe()
    yield stream, end
    os.close(stream.handle)


def test_a_line_that_comes_in_parts_is_whole_when_it_is_passed_on(
    stream: tuple[node_agent.Stream, int],
) -> None:
    source, end = stream
    os.write(end, b"one\ntw")
    assert source.lines() == ["one"]
    os.write(end, b"o\n\n")
    assert source.lines() == ["two"]
    os.close(end)
    assert source.lines() is None
