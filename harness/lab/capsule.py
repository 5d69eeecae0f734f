"""One lab is one process tree in namespaces of its own: network, mount and PID.

Killing the tree leaves nothing: no process, bridge, rule, mount or domain. The host's own
libvirt is never touched, since the capsule's has its own /run, /etc/libvirt and /var/lib/libvirt.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
from pydantic import BaseModel, Field

from harness.errors import LabError
from harness.lab.state import PROJECT, State
from harness.progress import log

CLONE_NEWNET = 0x40000000
ENDING_S = 30
"""The kernel needs a second or two for a whole lab."""


class _Record(BaseModel):
    """What a lab's folder notes of its PID 1."""

    pid: int = Field(ge=1, lt=2**22)
    started: float
    """Seconds since the epoch: a number alone may be another process's by now."""


class Capsule:
    """The namespaces of one lab, whether this process made them or found them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._record = state.folder / "capsule.json"
        self._outer: subprocess.Popen[bytes] | None = None
        self._spawned: list[subprocess.Popen[bytes]] = []

    @property
    def init(self) -> psutil.Process | None:
        """The lab's PID 1 as seen from here, or None when the lab is down."""
        try:
            saved = _Record.model_validate_json(self._record.read_bytes())
            process = psutil.Process(saved.pid)
            same = abs(process.create_time() - saved.started) < 1
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None

    @property
    def running(self) -> bool:
        """Is the lab's process tree there?"""
        return self.init is not None

    @property
    def kept(self) -> bool:
        """Was the lab started to outlive its run?"""
        init = self.init
        return init is not None and "--keep" in init.cmdline()

    def start(self, *, keep: bool) -> None:
        """Make the namespaces with libvirtd inside. Without `keep` they end with this process.

        Raises:
            LabError: not root, or libvirtd does not start.
        """
        require_root()
        outer = subprocess.Popen(
            [
                *("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"),
                *("--mount-proc", sys.executable, "-m", "harness.lab.init"),
                *(str(self.state.folder), *(["--keep"] if keep else [])),
            ],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert outer.stdout is not None
        assert outer.stderr is not None
        if outer.stdout.readline() != b"ready\n":
            outer.kill()
            last = (outer.stderr.read().decode().strip().splitlines() or ["no output"])[-1]
            raise LabError(f"the lab's libvirt does not start ({last}); type `quorate doctor`")
        inner = psutil.Process(outer.pid).children()[0]
        record = _Record(pid=inner.pid, started=inner.create_time())
        self._record.write_text(record.model_dump_json())
        self._outer = outer
        log.info("capsule: pid %d", inner.pid)

    def enter_network(self) -> None:
        """Move this thread into the lab's network. Call it before other threads are started.

        Python has os.setns from 3.12 on.
        """
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            namespace = os.open(f"/proc/{self._pid}/ns/net", os.O_RDONLY)
        except FileNotFoundError:
            raise LabError(f"lab {self.state.name!r} is ending; try again") from None
        refused = libc.setns(namespace, CLONE_NEWNET)
        os.close(namespace)
        if refused:
            raise OSError(ctypes.get_errno(), "cannot enter the lab's network")

    @property
    def libvirt_uri(self) -> str:
        """The capsule's libvirt, reached through its init's root folder: a short path always."""
        return f"qemu:///system?socket=/proc/{self._pid}/root/run/libvirt/libvirt-sock"

    def spawn(self, command: Sequence[str | Path], *, log_to: Path) -> "subprocess.Popen[bytes]":
        """Start a process that lives and dies with the lab."""
        output = os.open(log_to, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            child = subprocess.Popen(
                ["nsenter", f"--target={self._pid}", "--net", "--mount", "--pid", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=PROJECT,
                start_new_session=True,
            )
        finally:
            os.close(output)
        self._spawned.append(child)
        return child

    def stop(self) -> None:
        """End the lab at once; harmless when it is down.

        Raises:
            LabError: a process that entered the lab, say a stopped one, keeps it from ending.
        """
        if init := self.init:
            init.send_signal(signal.SIGKILL)
            try:
                init.wait(ENDING_S)
            except psutil.TimeoutExpired:
                hint = "end what entered it; `ps -e -o pid,stat,args` shows stopped processes as T"
                raise LabError(f"process {init.pid} of the lab does not end: {hint}") from None
        for child in self._children():
            child.wait()
        self._record.unlink(missing_ok=True)

    def leave(self) -> None:
        """Let a kept lab outlive this process, without Python's warning that a child does."""
        for child in self._children():
            child.returncode = 0

    def _children(self) -> list["subprocess.Popen[bytes]"]:
        """What this process started for the lab; their pipes are closed, the lifeline with them."""
        outer = [self._outer] if self._outer else []
        for process in outer:
            for pipe in (process.stdin, process.stdout, process.stderr):
                assert pipe is not None
                pipe.close()
        children, self._spawned, self._outer = outer + self._spawned, [], None
        return children

    @property
    def _pid(self) -> int:
        init = self.init
        if init is None:
            raise LabError(f"lab {self.state.name!r} is down; type `quorate up`")
        return init.pid


def require_root() -> None:
    """Refuse early what would fail late.

    Raises:
        LabError: when not root.
    """
    if os.geteuid():
        raise LabError(
            "a lab needs root for its namespaces; type the same with `sudo -E` before it"
        )
