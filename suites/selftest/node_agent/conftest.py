"""Fixtures for a node agent that runs on this machine."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.observe import node_agent
from suites.selftest.node_agent.agent import Agent

SCRIPT = Path(node_agent.__file__).read_text()
SHIPPED = "ALIVE_S = 1.0\n"


@pytest.fixture
def hypervisor() -> Iterator[socket.socket]:
    """The socket to which the agent sends its lines."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        yield receiver


@pytest.fixture
def agent(hypervisor: socket.socket) -> Iterator[Agent]:
    """Start the agent with the commands of a folder only, and return its lines.

    By default it prints every sample, so no test waits long.
    """
    started: list[subprocess.Popen[str]] = []

    def start(tools: Path = Path("/nowhere"), *, alive: str = "0.1") -> Iterator[str]:
        host, port = hypervisor.getsockname()
        assert SHIPPED in SCRIPT
        script = SCRIPT.replace(SHIPPED, f"ALIVE_S = {alive}\n")
        command = [sys.executable, "-ISc", script, host, str(port)]
        path = os.environ | {"PATH": f"{tools}"}
        # In its own session, so that its children can be killed with it.
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
