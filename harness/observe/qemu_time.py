"""A node's QEMU process: its processor time, and the waits of its virtual processors."""

import os
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import BinaryIO

PROC = Path("/proc")
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
"""Unit of utime and stime in proc(5)."""
STALLED = 0.9
"""A processor that waited for at least this share of the time between two samples has stalled."""


class VcpuWait:
    """The time for which a thread was ready to run and did not run, from samples, in seconds.

    The kernel adds a wait to schedstat when the wait ends (sched_info_arrive() in
    kernel/sched/stats.h). In a wait of 0.6 s on a processor held by a real-time process, no number
    changed for 0.5 s, then 0.601 s was added at once. A node may be fenced before that. So a thread
    that is ready in two samples, and whose numbers did not change in between, has waited.
    """

    def __init__(self) -> None:
        self.waited_s = 0.0
        """Total since the thread started, including a wait in progress."""
        self.stalled_s = 0.0
        """Length of the stall in progress, with the resolution of one sample."""
        self._last: tuple[float, int, int, bool] | None = None
        self._pending_s = 0.0

    def add(self, at_s: float, *, ran_ns: int, waited_ns: int, ready: bool) -> None:
        """Add a sample: run time and wait so far, and whether the thread is runnable now."""
        last_s, *last, was_ready = self._last or (at_s, ran_ns, waited_ns, False)
        self._pending_s = (
            self._pending_s + at_s - last_s
            if ready and was_ready and last == [ran_ns, waited_ns]
            else 0.0
        )
        total_s = waited_ns / 1e9 + self._pending_s
        grown_s = total_s - self.waited_s if self._last else 0.0
        stalled = grown_s > 0 and grown_s >= STALLED * (at_s - last_s)
        self.stalled_s = self.stalled_s + grown_s if stalled else 0.0
        self.waited_s = total_s
        self._last = (at_s, ran_ns, waited_ns, ready)


class QemuTime:
    """Times of a QEMU process, read from files in /proc that are kept open.

    They are read five times a second, and reading is cheaper than opening. An open file of a
    process that ended never belongs to another process with the same id.
    """

    def __init__(self, node: str, process: Path) -> None:
        """Open the files. Raises OSError if the process has ended."""
        self.node = node
        self.pid = int(process.name)
        self.used_s = 0.0
        """Processor time of all its threads since its start."""
        self.serving = True
        """Whether its virtual processors exist. When they have ended, the process may still use
        processor time, which counts as the lab's."""
        self._longest_stall_s = 0.0
        self._stat = _open(process / "stat")
        self._threads = [
            (_open(task / "schedstat"), _open(task / "stat"), VcpuWait())
            for task in (process / "task").iterdir()
            if (task / "comm").read_text().startswith("CPU ")
        ]

    @property
    def ready(self) -> bool:
        """Whether it has virtual processors. They start a moment after the process."""
        return bool(self._threads)

    @property
    def waited_s(self) -> float:
        """Time for which its virtual processors waited, on average."""
        return fmean(wait.waited_s for _, _, wait in self._threads)

    def take_longest_stall_s(self) -> float:
        """Return the longest stall since the last call, including one in progress."""
        longest_s, self._longest_stall_s = self._longest_stall_s, 0.0
        return longest_s

    def sample(self, at_s: float) -> bool:
        """Read all files. Return False if the process has ended."""
        try:
            fields = _fields(self._stat)
        except OSError:
            return False
        self.used_s = (int(fields[11]) + int(fields[12])) * TICK_S
        try:
            for schedstat, stat, wait in self._threads:
                ran_ns, waited_ns, _ = _read(schedstat).split()
                ready = _fields(stat)[0] == b"R"
                wait.add(at_s, ran_ns=int(ran_ns), waited_ns=int(waited_ns), ready=ready)
                self._longest_stall_s = max(self._longest_stall_s, wait.stalled_s)
        except OSError:
            self.serving = False
        return True

    def close(self) -> None:
        """Let go of its files."""
        for file in (self._stat, *(f for of in self._threads for f in of[:2])):
            file.close()


def qemus_below(init: int) -> Iterator[tuple[str, Path]]:
    """Yield the node and /proc/PID of each QEMU process of a capsule.

    libvirt starts each as a daemon, so that the capsule's init becomes its parent and one file
    lists them all. Reading all processes of this machine would cost more than the rest of this
    module.
    """
    for pid in (PROC / f"{init}/task/{init}/children").read_text().split():
        process = PROC / pid
        for word in _words(process):
            if word.startswith("guest="):
                yield word.removeprefix("guest=").split(",")[0], process


def _words(process: Path) -> list[str]:
    try:
        return (process / "cmdline").read_text().split("\0")
    except OSError:  # the process has ended
        return []


def _open(path: Path) -> BinaryIO:
    return path.open("rb", buffering=0)


def _read(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def _fields(stat: BinaryIO) -> list[bytes]:
    """Return the fields of stat (proc(5)) from the third one, the state.

    The name, which is the second, may contain any character.
    """
    return _read(stat).rpartition(b")")[2].split()
