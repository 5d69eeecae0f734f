"""SSH access to the nodes. Every command has a deadline."""

import io
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from fabric import Config, Connection
from fabric.runners import Remote
from invoke.exceptions import CommandTimedOut
from paramiko.ssh_exception import SSHException

from harness.errors import LabError
from harness.plan.plan import NodePlan

DEFAULT_DEADLINE = timedelta(minutes=2)
CONNECT_DEADLINE = timedelta(seconds=15)
KEEPALIVE = timedelta(seconds=5)
NO_EXIT_CODE = -1
"""paramiko's exit code for a connection that broke before the command ended."""
T = TypeVar("T")
# paramiko's thread logs a traceback for each node that boots or loses power. `Unreachable` reports
# that already.
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)


class ShellError(LabError):
    """A command on a node failed."""


class Unreachable(ShellError):
    """The node does not answer, or stopped answering during a command."""


@dataclass(frozen=True)
class Result:
    """The output and exit code of a command."""

    node: str
    command: str
    code: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether the exit code is 0."""
        return self.code == 0


class _NodeCommand(Remote):  # type: ignore[misc]  # fabric is not typed
    """A remote command that may reach its deadline after its node is gone."""

    def kill(self) -> None:
        """Kill the command, and ignore a broken connection.

        A timer's thread calls this. pytest would report an exception in it as a failure.
        """
        with suppress(OSError, EOFError, SSHException):
            super().kill()


RUNNERS = {"runners": {"remote": _NodeCommand}}


class SshShell:
    """Runs commands on all nodes, over one connection to each that is renewed when it broke."""

    def __init__(self, key: Path, addresses: Mapping[str, str] | None = None) -> None:
        """`addresses` override the plan's management addresses, by the node's name."""
        self._key = key
        self._addresses = addresses or {}
        self._connections: dict[str, Connection] = {}
        self._lock = threading.Lock()
        self._connecting: dict[str, threading.Lock] = {}
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="shell")

    def run(
        self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE
    ) -> Result:
        """Run a command as root and return its result, whatever its exit code.

        Raises:
            Unreachable: there was no connection, it broke, or `deadline` passed.
        """
        try:
            done = self._connected(node).run(
                command, hide=True, warn=True, in_stream=False, timeout=deadline.total_seconds()
            )
        except CommandTimedOut:
            self.forget(node)
            took = deadline.total_seconds()
            raise Unreachable(f"{node}: no end of `{_short(command)}` in {took:.0f} s") from None
        except (OSError, EOFError, SSHException) as error:
            self.forget(node)
            raise Unreachable(
                f"{node}: does not answer ({str(error) or type(error).__name__})"
            ) from None
        if done.exited == NO_EXIT_CODE:
            self.forget(node)
            raise Unreachable(f"{node}: went away in the middle of `{_short(command)}`")
        return Result(node.name, command, done.exited, done.stdout, done.stderr)

    def check(self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE) -> str:
        """Run a command that must succeed, and return its standard output.

        Raises:
            ShellError: names the node, the command, its exit code and its last line of output.
        """
        done = self.run(node, command, deadline=deadline)
        if not done.ok:
            output = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
            raise ShellError(f"{node}: `{_short(command)}` ended with {done.code}: {output[-1]}")
        return done.stdout

    @contextmanager
    def dialog(
        self, node: NodePlan, command: str, *, deadline: timedelta = CONNECT_DEADLINE
    ) -> Iterator[Callable[[], str]]:
        """Start a command that answers each line with a line. A request costs no new process.

        Example:
            with shell.dialog(node, "while read -r _; do echo $EPOCHREALTIME; done") as ask:
                print(ask(), ask())

        Raises:
            Unreachable: as `run`; also from `ask`, if an answer is late.
        """
        with self._reachable(node, command):
            transport = self._connected(node).transport
            assert transport is not None
            channel = transport.open_session()
        with channel:
            channel.settimeout(deadline.total_seconds())
            lines = channel.makefile("r")

            def ask() -> str:
                with self._reachable(node, command):
                    channel.sendall(b"\n")
                    return _complete_line(str(lines.readline()))

            with self._reachable(node, command):
                channel.exec_command(command)
            yield ask

    @contextmanager
    def _reachable(self, node: NodePlan, command: str) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, SSHException) as error:
            self.forget(node)
            why = str(error) or type(error).__name__
            raise Unreachable(f"{node}: `{_short(command)}` does not answer ({why})") from None

    def put(self, node: NodePlan, path: str, content: str | bytes, *, mode: int = 0o644) -> None:
        """Write a file on a node. The mode is set before the content is written.

        Raises:
            Unreachable: as `run`.
        """
        data = content.encode() if isinstance(content, str) else content
        self.check(node, f"mkdir -p $(dirname {path}) && install -m {mode:o} /dev/null {path}")
        try:
            self._connected(node).put(io.BytesIO(data), path)
        except (OSError, EOFError, SSHException) as error:
            self.forget(node)
            raise Unreachable(f"{node}: cannot write {path} ({error})") from None

    def each(self, nodes: Iterable[NodePlan], act: Callable[[NodePlan], T]) -> dict[str, T]:
        """Call `act` for several nodes in parallel, and return the results by node.

        The first exception of any call is raised.
        """
        chosen = list(nodes)
        return dict(zip((n.name for n in chosen), self._threads.map(act, chosen), strict=True))

    def forget(self, node: NodePlan) -> None:
        """Drop the connection, because the node was lost or restored."""
        with self._lock:
            connection = self._connections.pop(node.name, None)
        if connection is not None and connection.transport is not None:
            connection.transport.close()

    def _connected(self, node: NodePlan) -> Connection:
        """Return an open connection. Concurrent callers share one handshake.

        A handshake takes an emulated node half a second.
        """
        with self._lock:
            connecting = self._connecting.setdefault(node.name, threading.Lock())
        with connecting:
            with self._lock:
                connection = self._connections.get(node.name)
            if connection is not None and connection.is_connected:
                return connection
            connection = self._connect(node)
            with self._lock:
                self._connections[node.name] = connection
            return connection

    def _connect(self, node: NodePlan) -> Connection:
        """Open a connection that cannot block forever on a silent peer.

        fabric's own limits do not cover opening a channel: paramiko waits an hour for it.
        """
        limit = CONNECT_DEADLINE.total_seconds()
        connection = Connection(
            self._addresses.get(node.name, str(node.addresses["mgmt"])),
            user="root",
            config=Config(overrides=RUNNERS),
            connect_timeout=int(limit),
            connect_kwargs={
                "key_filename": str(self._key),
                "allow_agent": False,
                "look_for_keys": False,
                "banner_timeout": limit,
                "auth_timeout": limit,
                "channel_timeout": limit,
            },
        )
        connection.open()
        assert connection.transport is not None
        connection.transport.channel_timeout = limit
        connection.transport.set_keepalive(int(KEEPALIVE.total_seconds()))
        return connection


def _complete_line(line: str) -> str:
    """Return a line without its end. Raises EOFError if the line is incomplete."""
    if not line.endswith("\n"):
        raise EOFError("it has ended")
    return line.strip()


def _short(command: str) -> str:
    line = " ".join(command.split())
    return line if len(line) <= 60 else line[:57] + "..."
