"""The capsule of a lab: one process tree in its own network, mount and PID namespaces.

When the tree is killed, no process, bridge, rule, mount or domain remains. The capsule's libvirt
has its own /run, /etc/libvirt and /var/lib/libvirt, so it does not touch the host's libvirt.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from pydantic import BaseModel, Field

from harness.errors import LabError
from harness.lab.state import PROJECT, State
from harness.progress import log

CLONE_NEWNET = 0x40000000
ENDING_S = 30
"""Limit for the end of a lab's processes. The kernel needs a second or two for all of them."""


class _Record(BaseModel):
    """Identity of a lab's PID 1, stored in the lab's folder."""

    pid: int = Field(ge=1, lt=2**22)
    started: float
    """Start time in seconds since the epoch. The kernel may reuse the process id alone."""


class Capsule:
    """The namespaces of one lab, made by this process or by an earlier one."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._record = state.folder / "capsule.json"
        self._outer: subprocess.Popen[bytes] | None = None
        self._spawned: list[subprocess.Popen[bytes]] = []
        self._outside: int | None = None
        """The network namespace that this thread came from, as a file descriptor."""

    @property
    def init(self) -> psutil.Process | None:
        """The lab's PID 1 as a process of this machine, or None if the lab is down."""
        try:
            saved = _Record.model_validate_json(self._record.read_bytes())
            process = psutil.Process(saved.pid)
            same = abs(process.create_time() - saved.started) < 1
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None

    @property
    def running(self) -> bool:
        """Whether the lab's process tree exists."""
        return self.init is not None

    @property
    def persistent(self) -> bool:
        """Whether the lab was started with `--keep`, so that it outlives its run."""
        init = self.init
        return init is not None and "--keep" in init.cmdline()

    def start(self, *, keep: bool) -> None:
        """Make the namespaces and start libvirtd in them.

        Without `keep` they end with this process.

        Raises:
            LabError: this process is not root, or libvirtd does not start.
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
        """Move this thread into the lab's network namespace, before it starts other threads.

        `stop` and `leave` move it back.

        Raises:
            LabError: the lab is down or is ending.
            OSError: the kernel refused.
        """
        try:
            namespace = os.open(f"/proc/{self._pid}/ns/net", os.O_RDONLY)
        except FileNotFoundError:
            raise LabError(f"lab {self.state.name!r} is ending; try again") from None
        if self._outside is None:
            self._outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        _move_to(namespace)

    @property
    def libvirt_uri(self) -> str:
        """URI of the capsule's libvirt.

        The path to its socket goes through the root folder of the lab's PID 1 in /proc, so it is
        always short.
        """
        return f"qemu:///system?socket=/proc/{self._pid}/root/run/libvirt/libvirt-sock"

    def spawn(self, command: Sequence[str | Path], *, log_to: Path) -> "subprocess.Popen[bytes]":
        """Start a process in the lab's namespaces. It ends with the lab, at the latest."""
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

    def kill_machines(self) -> None:
        """Kill all machines' QEMU processes, and wait until they are gone.

        libvirt 9.0 does not look before 0.2 s have passed whether a machine that it destroys has
        ended (virProcessKillPainfullyDelay()). So libvirtd is suspended until the processes are
        gone, and then finds none to wait for.
        """
        processes = psutil.Process(self._pid).children(recursive=True)
        machines = [one for one in processes if one.name().startswith("qemu-system")]
        daemons = [one for one in processes if one.name() == "libvirtd"]
        try:
            for daemon in daemons:
                daemon.suspend()
            for machine in machines:
                machine.kill()
            psutil.wait_procs(machines, timeout=ENDING_S)
        finally:
            for daemon in daemons:
                daemon.resume()

    def machine(self, name: str) -> psutil.Process | None:
        """Return the QEMU process of a machine, or None if it has no power."""
        with suppress(psutil.Error):  # a process has ended
            for process in psutil.Process(self._pid).children():
                if f"guest={name}," in " ".join(process.cmdline()):
                    return process
        return None

    def stop(self) -> None:
        """Kill the lab. Does nothing if it is down.

        Raises:
            LabError: the lab does not end, because a process that entered it (a stopped one, for
                instance) is still there.
        """
        self._leave_network()
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
        """Let a kept lab outlive this process, without Python's warning about a running child."""
        self._leave_network()
        for child in self._children():
            child.returncode = 0

    def _leave_network(self) -> None:
        """Move this thread back. Else it could reach nothing outside, not even for another lab."""
        if self._outside is not None:
            _move_to(self._outside)
            self._outside = None

    def _children(self) -> list["subprocess.Popen[bytes]"]:
        """Return the processes that this one started for the lab, and close their pipes.

        The lifeline is one of these pipes.
        """
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
    """Check that this process is root, before it does anything that would fail later.

    Raises:
        LabError: it is not root.
    """
    if os.geteuid():
        raise LabError(
            "a lab needs root for its namespaces; type the same with `sudo -E` before it"
        )


def _move_to(namespace: int) -> None:
    """Move this thread into a network namespace, and close its file descriptor."""
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns exists from Python 3.12 on
    failed = libc.setns(namespace, CLONE_NEWNET)
    os.close(namespace)
    if failed:
        raise OSError(ctypes.get_errno(), "cannot change the network namespace")
