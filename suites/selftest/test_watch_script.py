"""The watch on this machine: bash and /proc are all it needs."""

import re
import socket
import subprocess
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "harness" / "observe" / "watch.sh"


@pytest.fixture
def watch() -> Iterator[Iterator[str]]:
    command = ["bash", str(SCRIPT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield iter(process.stdout)
        process.kill()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    program = tmp_path / "qemu-system-x86_64"
    program.symlink_to("/bin/sh")
    return program


def runs(watch: Iterator[str]) -> list[str]:
    said = next(line for line in watch if " runs=" in line)
    return said.split(" runs=")[1].split(" ")[0].split(",")


def test_every_line_says_boot_and_time_first(watch: Iterator[str]) -> None:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    line = rf"boot={boot} at=\d+\.\d{{6}} runs=\S* primary=\S* open=\S*\n"
    assert all(re.fullmatch(line, next(watch)) for _ in range(2))


def test_it_speaks_once_a_second_though_nothing_changes(watch: Iterator[str]) -> None:
    moments = [float(next(watch).split(" at=")[1].split(" ")[0]) for _ in range(3)]
    assert all(0 < later - earlier < 5 for earlier, later in pairwise(moments))


def test_what_it_says_is_sent_away_too() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(10)
        command = ["bash", str(SCRIPT), *map(str, ear.getsockname())]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            heard = [ear.recv(4096) for _ in range(2)]
            said = [process.stdout.readline() for _ in range(2)]
            process.kill()
    assert heard == said


def test_nobody_need_listen() -> None:
    """A refused datagram does not keep it from its own log."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        nowhere = ear.getsockname()
    command = ["bash", str(SCRIPT), *map(str, nowhere)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert all(line.startswith("boot=") for line in islice(process.stdout, 3))
        process.kill()


def test_a_guest_is_seen_when_its_process_is_born_and_not_when_it_is_gone(
    watch: Iterator[str], program: Path
) -> None:
    assert "seen" not in runs(watch)
    command = [program, "-c", "read wait", "-name", "guest=seen,debug-threads=on"]
    with subprocess.Popen(command, stdin=subprocess.PIPE):
        assert any("seen" in runs(watch) for _ in range(4))
    assert any("seen" not in runs(watch) for _ in range(4))


def test_a_zombie_runs_no_guest(watch: Iterator[str], program: Path) -> None:
    command = [program, "-c", "exit", "-name", "guest=dead,debug-threads=on"]
    with subprocess.Popen(command) as process:
        assert not any("dead" in runs(watch) for _ in range(3))
        process.wait()
