"""Processes of this machine that belong to neither the lab nor the harness."""

import os
from collections.abc import Collection

import psutil


class Strangers:
    """Finds the process that took the most processor time between two readings.

    One reading of a machine with 100 processes takes about 5 ms.
    """

    def __init__(self) -> None:
        self._used_s: dict[int, float] = {}

    def busiest(self, lab: Collection[int]) -> str:
        """Return its name, or "" if this is the first reading or no process took any time.

        `lab` has the ids of the lab's processes. A process that ended before the reading is missed.
        """
        last, self._used_s, names = self._used_s, {}, {}
        for process in psutil.process_iter(["name", "cpu_times"]):
            times = process.info["cpu_times"]
            if times is not None and process.pid != os.getpid() and process.pid not in lab:
                self._used_s[process.pid] = times.user + times.system
                names[process.pid] = process.info["name"]
        grown = {pid: used - last.get(pid, 0.0) for pid, used in self._used_s.items()}
        busiest = max(grown, key=lambda pid: grown[pid], default=0)
        return names[busiest] if last and grown[busiest] > 0 else ""

    def forget(self) -> None:
        """Forget the last reading. The next one is the first."""
        self._used_s = {}
