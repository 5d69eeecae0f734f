"""What the agent finds out about a process: its guest, its device, its processor."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.observe import node_agent


def test_primary_is_what_drbds_own_table_says() -> None:
    table = (
        "version: 8.4.11 (api:1/proto:86-101)\n\n"
        " 1: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n"
        "    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n"
        " 2: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n"
        "12: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----\n"
    )
    assert node_agent.primaries(table) == "1,12"


class Device:
    """What os.stat() says of a DRBD device."""

    st_rdev = os.makedev(147, 7)


@pytest.fixture
def drbd(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A handle of this process: to the agent, the device drbd7."""
    handle = os.open("/dev/null", os.O_RDONLY)
    real = os.stat

    def stat(path: str) -> os.stat_result | Device:
        return Device() if path.endswith(f"/fd/{handle}") else real(path)

    monkeypatch.setattr("harness.observe.node_agent.os.stat", stat)
    yield handle
    os.close(handle)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> str:
    """This process is the QEMU of web; how the agent prints it."""
    me = os.getpid()
    monkeypatch.setattr(node_agent, "guest_of", lambda pid, _: "web" if pid == me else None)
    return f"web/{me}@{node_agent.birth_s(me):.2f}"


def test_the_device_that_a_guest_holds_open_is_found_and_remembered(
    drbd: int, web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = os.getpid()
    assert node_agent.held_device(me) == (f"/proc/{me}/fd/{drbd}", 7)
    guests = node_agent.Guests()
    assert guests.sample() == f"runs={web} open=7"
    monkeypatch.setattr(node_agent, "held_device", None)
    assert guests.sample() == f"runs={web} open=7"


def vcpu(monkeypatch: pytest.MonkeyPatch, statistics: str) -> None:
    """This process's only thread is a guest's processor, with such statistics."""
    files = {"comm": "CPU 0/KVM\n", "schedstat": statistics}
    real = node_agent.read
    monkeypatch.setattr(node_agent, "read", lambda file: files.get(Path(file).name) or real(file))


def test_it_prints_how_the_node_served_the_guests_processor(
    web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests = node_agent.Guests()
    guests.sample()
    vcpu(monkeypatch, "6279345135 5748286360 2400\n")
    assert guests.served() == f"{web.partition('@')[0]}:6.279+5.748"


@pytest.mark.usefixtures("web")
def test_a_guest_without_a_processor_yet_was_not_served() -> None:
    guests = node_agent.Guests()
    guests.sample()
    assert guests.served() == ""


@pytest.mark.usefixtures("web")
def test_a_processor_that_is_gone_was_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    guests = node_agent.Guests()
    guests.sample()
    monkeypatch.setattr(node_agent, "vcpu_of", lambda _: "/proc/0/schedstat")
    assert guests.served() == ""


def test_a_process_that_has_ended_has_no_processor() -> None:
    assert node_agent.vcpu_of(0) == ""


def test_a_guest_that_holds_no_device_open_runs_all_the_same(web: str) -> None:
    assert node_agent.Guests().sample() == f"runs={web} open="
    assert node_agent.held_device(2**22 + 1) == ("", 0)


@pytest.mark.parametrize(
    ("program", "status", "name"),
    [
        ("qemu-system-x86\n", "Name:\tx\nTgid:\t8\nPid:\t8\n", "web"),
        ("kvm\n", "Name:\tx\nTgid:\t8\nPid:\t8\n", "web"),
        ("qemu-system-x86\n", "Name:\tx\nTgid:\t7\nPid:\t8\n", None),
        ("python3\n", "Name:\tx\nTgid:\t8\nPid:\t8\n", None),
    ],
    ids=["qemu", "kvm", "a thread", "another program"],
)
def test_a_guest_is_a_process_of_qemu(
    program: str, status: str, name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"status": status, "cmdline": "qemu\0-name\0guest=web,debug-threads=on\0"}
    monkeypatch.setattr(node_agent, "read", lambda file: files[file.rpartition("/")[2]])
    assert node_agent.guest_of(8, program) == name
