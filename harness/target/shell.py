"""The SSH seam: run a command on a node, always with a deadline."""

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
"""What paramiko gives when the connection broke before the command ended."""
T = TypeVar("T")
# Its thread writes a traceback of each node that boots or loses power; `Unreachable` says it.
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)


class ShellError(LabError):
    """A command on a node did not do what it should."""


class Unreachable(ShellError):
    """The node does not answer, or stopped answering in the middle."""


@dataclass(frozen=True)
class Result:
    """What a command printed and how it ended."""

    node: str
    command: str
    code: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """Did it end with 0?"""
        return self.code == 0


class _Mortal(Remote):  # type: ignore[misc]  # fabric is not typed
    """A command whose deadline may pass when its node is gone."""

    def kill(self) -> None:
        """Called by a timer's thread, which nobody waits for: what it raises fails the test."""
        with suppress(OSError, EOFError, SSHException):
            super().kill()


RUNNERS = {"runners": {"remote": _Mortal}}


class SshShell:
    """The way into all nodes; one connection for each, made anew after the node was away."""

    def __init__(self, key: Path, addresses: Mapping[str, str] | None = None) -> None:
        """`addresses` are those of nodes, by name, that are not reached by the plan's."""
        self._key = key
        self._addresses = addresses or {}
        self._connections: dict[str, Connection] = {}
        self._lock = threading.Lock()
        self._connecting: dict[str, threading.Lock] = {}
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="shell")

    def run(
        self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE
    ) -> Result:
        """Run a command as root and return what it printed, whatever its exit code.

        Raises:
            Unreachable: no connection, a broken one, or no end before `deadline`.
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
        """Run a command that must succeed; its standard output.

        Raises:
            ShellError: names node, command, exit code and the last line of its output.
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
        """A command that answers each line with a line: a question costs no new process.

        Example:
            with shell.dialog(node, "while read -r _; do echo $EPOCHREALTIME; done") as ask:
                print(ask(), ask())

        Raises:
            Unreachable: as `run`; also from `ask`, for an answer that is late.
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
                    return _whole(str(lines.readline()))

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
        """Write a file on a node; the mode is set before the content is there.

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
        """Do `act` for several nodes side by side; the first error is raised."""
        chosen = list(nodes)
        return dict(zip((n.name for n in chosen), self._threads.map(act, chosen), strict=True))

    def forget(self, node: NodePlan) -> None:
        """Drop the connection: the node went away, or its memory was put back."""
        with self._lock:
            connection = self._connections.pop(node.name, None)
        if connection is not None and connection.transport is not None:
            connection.transport.close()

    def _connected(self, node: NodePlan) -> Connection:
        """One handshake for all who ask at once: it takes an emulated node half a second."""
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
        """Open a connection that cannot block for ever on a silent peer.

        fabric's own limits do not cover the opening of a channel: paramiko waits an hour for it.
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


def _whole(line: str) -> str:
    """A line that was read to its end."""
    if not line.endswith("\n"):
        raise EOFError("it has ended")
    return line.strip()


def _short(command: str) -> str:
    line = " ".join(command.split())
    return line if len(line) <= 60 else line[:57] + "..."
