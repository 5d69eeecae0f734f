"""The lookout on this machine: Python alone and /proc are all it needs."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path

import pytest

from harness.observe import lookout

SCRIPT = Path(lookout.__file__)
LINE = r"boot={} at=\d+\.\d{{6}} runs=\S* open=\S* primary=\S*\n"
Look = Callable[..., Iterator[str]]


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(10)
        yield ear


@pytest.fixture
def look(ear: socket.socket) -> Iterator[Look]:
    """Starts it, with commands of the given folder first; gives its lines."""
    started: list[subprocess.Popen[str]] = []

    def look(tools: Path = Path("/nowhere")) -> Iterator[str]:
        host, port = ear.getsockname()
        command = [sys.executable, "-IS", str(SCRIPT), host, str(port)]
        path = os.environ | {"PATH": f"{tools}"}
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=path))
        assert started[-1].stdout is not None
        return iter(started[-1].stdout)

    yield look
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    program = tmp_path / "qemu-system-x86_64"
    program.symlink_to("/bin/sh")
    return program


def tool(folder: Path, name: str, *lines: str, then: str = "exec /bin/sleep 9") -> None:
    """A command that tells these lines."""
    file = folder / name
    told = "".join(f'echo "{line}"\n' for line in lines)
    file.write_text(f"#!/bin/sh\n{told}{then}\n")
    file.chmod(0o755)


def runs(lines: Iterator[str]) -> list[str]:
    said = next(line for line in lines if " runs=" in line)
    return said.split(" runs=")[1].split(" ")[0].split(",")


def told(lines: Iterator[str], count: int) -> list[str]:
    """The first ones that are no looks, without boot and time, in the order of the alphabet."""
    others = (line.split(" ", 2)[2].strip() for line in lines if " runs=" not in line)
    return sorted(islice(others, count))


def test_every_line_says_boot_and_time_first(look: Look) -> None:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    looks = (line for line in look() if " runs=" in line)
    assert all(re.fullmatch(LINE.format(boot), next(looks)) for _ in range(2))


def test_it_speaks_once_a_second_though_nothing_changes(look: Look) -> None:
    looks = (line for line in look() if " runs=" in line)
    moments = [float(next(looks).split(" at=")[1].split(" ")[0]) for _ in range(3)]
    assert all(0 < later - earlier < 5 for earlier, later in pairwise(moments))


def test_what_it_says_is_sent_away_too(look: Look, ear: socket.socket) -> None:
    said = [next(lines) for lines in [look()] for _ in range(4)]
    assert [ear.recv(4096).decode() + "\n" for _ in range(4)] == said


def test_nobody_need_listen(look: Look, ear: socket.socket) -> None:
    """A refused datagram does not keep it from its own log."""
    lines = look()
    ear.close()
    assert len(list(islice(lines, 5))) == 5


def test_a_guest_is_seen_when_its_process_is_born_and_not_when_it_is_gone(
    look: Look, program: Path
) -> None:
    lines = look()
    assert "seen" not in runs(lines)
    command = [program, "-c", "read wait", "-name", "guest=seen,debug-threads=on"]
    with subprocess.Popen(command, stdin=subprocess.PIPE):
        assert any("seen" in runs(lines) for _ in range(4))
    assert any("seen" not in runs(lines) for _ in range(4))


def test_a_zombie_runs_no_guest(look: Look, program: Path) -> None:
    lines = look()
    runs(lines)
    command = [program, "-c", "exit", "-name", "guest=dead,debug-threads=on"]
    with subprocess.Popen(command) as process:
        assert not any("dead" in runs(lines) for _ in range(3))
        process.wait()


def test_what_drbd_and_libvirt_tell_is_passed_on_line_by_line(look: Look, tmp_path: Path) -> None:
    tool(tmp_path, "drbdsetup", "exists resource name:web role:Secondary suspended:no", "exists -")
    tool(tmp_path, "virsh", "event 'lifecycle' for domain 'web': Started Booted")
    assert told(look(tmp_path), 3) == [
        "domain=event 'lifecycle' for domain 'web': Started Booted",
        "drbd=exists -",
        "drbd=exists resource name:web role:Secondary suspended:no",
    ]


def test_the_end_of_what_is_told_is_told(look: Look, tmp_path: Path) -> None:
    tool(tmp_path, "drbdsetup", "exists -", then="exit 1")
    lines = look(tmp_path)
    assert told(lines, 3) == ["drbd=exists -", "ended=domain", "ended=drbd"]
    assert next(lines)


@pytest.fixture
def stream() -> Iterator[tuple[lookout.Stream, int]]:
    """A stream of which one holds the other end."""
    stream = lookout.Stream("told", ("/nowhere/command",))
    os.close(stream.handle)
    stream.handle, told = os.pipe()
    yield stream, told
    os.close(stream.handle)


def test_a_line_that_comes_in_parts_is_whole_when_it_is_passed_on(
    stream: tuple[lookout.Stream, int],
) -> None:
    said, end = stream
    os.write(end, b"one\ntw")
    assert said.lines() == ["one"]
    os.write(end, b"o\n\n")
    assert said.lines() == ["two"]
    os.close(end)
    assert said.lines() is None


def test_primary_is_what_drbds_own_table_says() -> None:
    table = (
        "version: 8.4.11 (api:1/proto:86-101)\n\n"
        " 1: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n"
        "    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n"
        " 2: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n"
        "12: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----\n"
    )
    assert lookout.primaries(table) == "1,12"


@pytest.fixture
def drbd(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A handle of this process: to the lookout, the device drbd7."""
    handle = os.open("/dev/null", os.O_RDONLY)
    real = os.stat

    def stat(path: str) -> os.stat_result | Stat:
        return Stat(os.makedev(147, 7)) if path.endswith(f"/fd/{handle}") else real(path)

    monkeypatch.setattr(lookout.os, "stat", stat)
    yield handle
    os.close(handle)


class Stat:
    def __init__(self, device: int) -> None:
        self.st_rdev = device


def test_the_device_that_a_guest_holds_open_is_found_and_remembered(
    drbd: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = os.getpid()
    assert lookout.held_device(me) == (f"/proc/{me}/fd/{drbd}", 7)
    monkeypatch.setattr(lookout, "guest_of", lambda pid: "web" if pid == me else None)
    guests = lookout.Guests()
    assert [guests.look() for _ in range(2)] == ["runs=web open=7"] * 2


def test_a_guest_that_holds_no_device_open_runs_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    me = os.getpid()
    monkeypatch.setattr(lookout, "guest_of", lambda pid: "web" if pid == me else None)
    assert lookout.Guests().look() == "runs=web open="
    assert lookout.held_device(2**22 + 1) == ("", 0)


def test_a_thread_is_no_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"comm": "qemu-system-x86\n", "status": "Name:\tx\nTgid:\t7\nPid:\t8\n"}
    monkeypatch.setattr(lookout, "read", lambda file: files[file.rpartition("/")[2]])
    assert lookout.guest_of(8) is None


def test_numbers_of_processes_that_begin_anew_are_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newest = iter([30000, 2])
    monkeypatch.setattr(lookout, "newest_process", lambda: next(newest))
    monkeypatch.setattr(lookout, "guest_of", {2: "web"}.get)
    monkeypatch.setattr(lookout, "lives", lambda _: True)
    assert lookout.Guests().look() == "runs=web open="
