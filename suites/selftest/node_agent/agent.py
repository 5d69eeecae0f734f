"""The agent's lines, and stand-ins for the programs that it meets."""

import subprocess
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

Agent = Callable[..., Iterator[str]]


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
