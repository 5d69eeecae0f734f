"""The watch on this machine: bash and /proc are all it needs."""

import subprocess
from collections.abc import Iterator
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


def test_it_says_which_boot_it_watches(watch: Iterator[str]) -> None:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()
    assert next(watch) == f"boot {boot}"


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
