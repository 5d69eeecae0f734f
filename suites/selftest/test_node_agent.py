"""The node agent on this machine: Python alone and /proc are all it needs."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from harness.observe import node_agent

SCRIPT = Path(node_agent.__file__).read_text()
SHIPPED = "ALIVE_S = 1.0\n"
PROCESS = r"[^\s/@,]+/\d+@\d+\.\d\d"
LINE = r"boot={} at=\d+\.\d{{6}} runs=\S* open=\S* primary=\S* served=\S*\n"
Agent = Callable[..., Iterator[str]]


@pytest.fixture
def hypervisor() -> Iterator[socket.socket]:
    """Where the agent sends its lines to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        yield receiver


@pytest.fixture
def agent(hypervisor: socket.socket) -> Iterator[Agent]:
    """Starts it, with the commands of the given folder alone; gives its lines.

    It prints at each look unless it is told otherwise, so no test waits long.
    """
    started: list[subprocess.Popen[str]] = []

    def start(tools: Path = Path("/nowhere"), *, alive: str = "0.1") -> Iterator[str]:
        host, port = hypervisor.getsockname()
        assert SHIPPED in SCRIPT
        script = SCRIPT.replace(SHIPPED, f"ALIVE_S = {alive}\n")
        command = [sys.executable, "-ISc", script, host, str(port)]
        path = os.environ | {"PATH": f"{tools}"}
        # A session of its own, so that what it started ends with it.
        started.append(
            subprocess.Popen(
                command, stdout=subprocess.PIPE, text=True, env=path, start_new_session=True
            )
        )
        assert started[-1].stdout is not None
        return iter(started[-1].stdout)

    yield start
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    program = tmp_path / "qemu-system-x86_64"
    program.symlink_to("/bin/sh")
    return program


def qemu(program: Path, guest: str) -> "subprocess.Popen[bytes]":
    """A process that runs until its input is closed; to the agent it is a guest's QEMU."""
    command = [str(program), "-c", "read wait", "-name", f"guest={guest},debug-threads=on"]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def tool(folder: Path, name: str, *lines: str, then: str = "exec /bin/sleep 9") -> None:
    """A command that prints these lines."""
    file = folder / name
    text = "".join(f'echo "{line}"\n' for line in lines)
    file.write_text(f"#!/bin/sh\n{text}{then}\n")
    file.chmod(0o755)


def at_s(line: str) -> float:
    return float(line.split(" at=")[1].split(" ")[0])


def processes(line: str) -> list[str]:
    """As they are printed: `guest/pid@birth`."""
    found = line.split(" runs=")[1].split(" ")[0]
    return [process for process in found.split(",") if process]


def runs(lines: Iterator[str]) -> list[str]:
    """Guests of the next look."""
    look = next(line for line in lines if " runs=" in line)
    return [process.partition("/")[0] for process in processes(look)]


def others(lines: Iterator[str], count: int) -> list[str]:
    """The first lines that are no looks, without boot and time, in the order of the alphabet."""
    found = (line.split(" ", 2)[2].strip() for line in lines if " runs=" not in line)
    return sorted(islice(found, count))


def test_every_line_has_boot_and_time_first(agent: Agent) -> None:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    looks = (line for line in agent() if " runs=" in line)
    assert all(re.fullmatch(LINE.format(boot), next(looks)) for _ in range(2))


def test_it_prints_once_a_second_though_nothing_changes(agent: Agent) -> None:
    looks = (line for line in agent(alive="1.0") if " runs=" in line)
    first, second = (at_s(next(looks)) for _ in range(2))
    assert 0.5 < second - first < 5


def test_what_it_prints_is_sent_away_too(agent: Agent, hypervisor: socket.socket) -> None:
    lines = agent()
    printed = [next(lines) for _ in range(4)]
    assert [hypervisor.recv(4096).decode() + "\n" for _ in range(4)] == printed


def test_nobody_need_listen(agent: Agent, hypervisor: socket.socket) -> None:
    """A refused datagram does not keep it from its own log."""
    lines = agent()
    hypervisor.close()
    assert len(list(islice(lines, 5))) == 5


def test_a_guest_is_seen_when_its_process_is_born_and_not_when_it_is_gone(
    agent: Agent, program: Path
) -> None:
    lines = agent()
    assert "seen" not in runs(lines)
    with qemu(program, "seen"):
        assert any("seen" in runs(lines) for _ in range(4))
    assert any("seen" not in runs(lines) for _ in range(4))


def test_a_guest_that_ran_before_the_agent_is_seen_at_its_first_look(
    agent: Agent, program: Path
) -> None:
    with qemu(program, "old") as process:
        time.sleep(0.1)  # it becomes QEMU after its birth
        assert "old" in runs(agent())
        process.communicate()


def test_a_process_is_printed_with_its_number_and_its_birth_the_same_at_each_look(
    agent: Agent, program: Path
) -> None:
    lines = agent()
    runs(lines)
    before_s = time.time()
    with qemu(program, "born") as process:
        after_s = time.time()
        looks = (processes(line) for line in lines if " runs=" in line)
        mine = [p for p in next(look for look in looks if look) if p.startswith("born/")]
        [(number, birth)] = [p.removeprefix("born/").split("@") for p in mine]
        assert int(number) == process.pid
        assert before_s - 0.02 <= float(birth) <= after_s + 0.02
        assert [p for p in next(looks) if p.startswith("born/")] == mine
        process.communicate()


def test_a_guest_that_is_there_twice_is_printed_twice(agent: Agent, program: Path) -> None:
    lines = agent()
    runs(lines)
    with qemu(program, "two") as one, qemu(program, "two") as other:
        assert any(runs(lines).count("two") == 2 for _ in range(4))
        other.communicate()
        assert any(runs(lines).count("two") == 1 for _ in range(4))
        one.communicate()


def test_the_end_of_a_process_is_seen_at_once(agent: Agent, program: Path) -> None:
    """Not at the next look of the period, half of which would be 0.125 s later on the average."""
    late_s = []
    lines = agent()
    for _ in range(5):
        with qemu(program, "short") as process:
            assert any("short" in runs(lines) for _ in range(4))
            process.kill()
            process.wait()
            ended_s = time.time()
        looks = (line for line in lines if " runs=" in line)
        late_s.append(at_s(next(x for x in looks if "short/" not in x)) - ended_s)
    assert sorted(late_s)[3] < 0.05


def test_a_zombie_runs_no_guest(agent: Agent, program: Path) -> None:
    lines = agent()
    runs(lines)
    command = [str(program), "-c", "exit", "-name", "guest=dead,debug-threads=on"]
    with subprocess.Popen(command) as process:
        time.sleep(0.5)
        runs(lines)
        assert not any("dead" in runs(lines) for _ in range(2))
        process.wait()


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


def test_the_end_of_a_stream_is_reported(agent: Agent, tmp_path: Path) -> None:
    tool(tmp_path, "drbdsetup", "exists -", then="exit 1")
    lines = agent(tmp_path)
    assert others(lines, 3) == ["drbd=exists -", "ended=domain", "ended=drbd"]
    assert next(lines)


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
        def look(self) -> str:
            return f"runs=web/{len(done)}"

        def served(self) -> str:
            return "web/7:1.5+0.5"

    def listen(*_: object) -> None:
        if next(rounds, None) is None:
            raise Ended

    monkeypatch.setattr(node_agent, "Output", FakeOutput)
    monkeypatch.setattr(node_agent, "Guests", FakeGuests)
    monkeypatch.setattr(node_agent, "Stream", lambda name, _: done.append(name))
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
    assert guests.look() == f"runs={web} open=7"
    monkeypatch.setattr(node_agent, "held_device", None)
    assert guests.look() == f"runs={web} open=7"


def vcpu(monkeypatch: pytest.MonkeyPatch, statistics: str) -> None:
    """This process's only thread is a guest's processor, with such statistics."""
    files = {"comm": "CPU 0/KVM\n", "schedstat": statistics}
    real = node_agent.read
    monkeypatch.setattr(node_agent, "read", lambda file: files.get(Path(file).name) or real(file))


def test_it_prints_how_the_node_served_the_guests_processor(
    web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests = node_agent.Guests()
    guests.look()
    vcpu(monkeypatch, "6279345135 5748286360 2400\n")
    assert guests.served() == f"{web.partition('@')[0]}:6.279+5.748"


@pytest.mark.usefixtures("web")
def test_a_guest_without_a_processor_yet_was_not_served() -> None:
    guests = node_agent.Guests()
    guests.look()
    assert guests.served() == ""


@pytest.mark.usefixtures("web")
def test_a_processor_that_is_gone_was_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    guests = node_agent.Guests()
    guests.look()
    monkeypatch.setattr(node_agent, "vcpu_of", lambda _: "/proc/0/schedstat")
    assert guests.served() == ""


def test_a_process_that_has_ended_has_no_processor() -> None:
    assert node_agent.vcpu_of(0) == ""


def test_a_guest_that_holds_no_device_open_runs_all_the_same(web: str) -> None:
    assert node_agent.Guests().look() == f"runs={web} open="
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


class Births:
    """Process numbers that are given, programs that run under them, and the time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.newest, self.now_s = 100, 1000.0
        self.programs: dict[int, str] = {}
        self.examined: list[int] = []
        monkeypatch.setattr(node_agent, "newest_process", lambda: self.newest)
        monkeypatch.setattr("harness.observe.node_agent.os.listdir", lambda _: ["self"])
        monkeypatch.setattr("harness.observe.node_agent.time.monotonic", lambda: self.now_s)
        monkeypatch.setattr(node_agent, "read", self._read)
        monkeypatch.setattr(node_agent, "guest_of", lambda _, program: program or None)
        monkeypatch.setattr(node_agent, "Process", FakeProcess)

    def _read(self, file: str) -> str:
        pid = int(file.split("/")[2])
        self.examined.append(pid)
        return self.programs.get(pid, "")

    def after(self, seconds: float, guests: node_agent.Guests) -> list[int]:
        """Numbers that a look examines then."""
        self.now_s += seconds
        self.examined.clear()
        guests.look()
        return list(self.examined)


class FakeProcess:
    def __init__(self, pid: int, guest: str) -> None:
        if guest == "ended":
            raise ProcessLookupError
        self.text = f"{guest}/{pid}"

    def minor(self) -> str:
        return ""


@pytest.fixture
def births(monkeypatch: pytest.MonkeyPatch) -> Births:
    return Births(monkeypatch)


def test_numbers_of_processes_that_begin_anew_are_followed(births: Births) -> None:
    guests = node_agent.Guests()
    births.newest = 2
    assert births.after(1, guests) == [1, 2]


def test_a_new_process_is_given_three_seconds_to_become_qemu(
    births: Births, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests = node_agent.Guests()
    births.newest, births.programs = 101, {101: "libvirtd"}
    monkeypatch.setattr(
        node_agent, "guest_of", lambda _, program: None if program == "libvirtd" else program
    )
    assert births.after(1, guests) == births.after(2.9, guests) == [101]
    births.programs[101] = "web"
    assert births.after(0.05, guests) == [101]
    assert guests.look() == "runs=web/101 open="
    assert births.after(0.05, guests) == []


def test_a_process_that_stays_what_it_was_is_examined_no_more_when_it_has_grown_up(
    births: Births, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests = node_agent.Guests()
    births.newest, births.programs = 101, {101: "sh"}
    monkeypatch.setattr(node_agent, "guest_of", lambda *_: None)
    assert births.after(1, guests) == births.after(3.1, guests) == [101]
    assert births.after(0.25, guests) == []


def test_a_number_without_a_process_is_examined_once_more_and_then_not(births: Births) -> None:
    """It may be given a moment before the process can be seen."""
    guests = node_agent.Guests()
    births.newest = 101
    assert births.after(1, guests) == births.after(0.25, guests) == [101]
    assert births.after(0.25, guests) == []


def test_a_process_that_ends_while_it_is_examined_is_none(births: Births) -> None:
    guests = node_agent.Guests()
    births.newest, births.programs = 101, {101: "ended"}
    births.after(1, guests)
    assert guests.look() == "runs= open="
