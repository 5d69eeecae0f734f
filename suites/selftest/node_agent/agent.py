"""Lines of the node agent, and fakes of the programs on a node."""

import subprocess
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

Agent = Callable[..., Iterator[str]]


def qemu(program: Path, guest: str) -> "subprocess.Popen[bytes]":
    """Start a process that looks like a guest's QEMU. It runs until its input is closed."""
    command = [str(program), "-c", "read wait", "-name", f"guest={guest},debug-threads=on"]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def tool(folder: Path, name: str, *lines: str, then: str = "exec /bin/sleep 9") -> None:
    """Make a command that prints lines, and then runs `then`."""
    file = folder / name
    text = "".join(f'echo "{line}"\n' for line in lines)
    file.write_text(f"#!/bin/sh\n{text}{then}\n")
    file.chmod(0o755)


def at_s(line: str) -> float:
    return float(line.split(" at=")[1].split(" ")[0])


def processes(line: str) -> list[str]:
    """Return the processes of a sample, as `guest/pid@birth`."""
    text = line.split(" runs=")[1].split(" ")[0]
    return [process for process in text.split(",") if process]


def runs(lines: Iterator[str]) -> list[str]:
    """Return the guests of the next sample."""
    sample = next(line for line in lines if " runs=" in line)
    return [process.partition("/")[0] for process in processes(sample)]


def others(lines: Iterator[str], count: int) -> list[str]:
    """Return the first lines that are no samples, without boot and time, sorted."""
    texts = (line.split(" ", 2)[2].strip() for line in lines if " runs=" not in line)
    return sorted(islice(texts, count))
