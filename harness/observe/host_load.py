"""Whether the lab had the processors that it needs: what its machines waited for one of the
host's, and what was stolen of the host's own."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import psutil

from harness.lab.lab import Lab
from harness.record.timeline import Timeline

PERIOD = timedelta(seconds=1)


class Pace:
    """Looks at the host's scheduler once a second, from `start` until `stop`."""

    def __init__(self, lab: Lab, timeline: Timeline) -> None:
        self._lab = lab
        self._timeline = timeline
        self._processors: dict[str, list[Path]] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pace", daemon=True)

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; harmless when repeated."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        last: dict[str, float] = {}
        looked, taken = time.monotonic(), _stolen()
        while not self._end.wait(PERIOD.total_seconds()):
            now, waited = time.monotonic(), {n: self._waited(n) for n in self._lab.plan.nodes}
            stolen = _stolen()
            known = {name: s for name, s in waited.items() if s is not None}
            shares = {
                n: round((s - last[n]) / (now - looked), 3) for n, s in known.items() if n in last
            }
            self._timeline.note(
                *("host", "pace"),
                seconds=round(now - looked, 3),
                waited=shares,
                stolen=round((stolen - taken) / (now - looked), 3),
            )
            last, looked, taken = known, now, stolen

    def _waited(self, name: str) -> float | None:
        """Seconds that the machine's processors were ready to run and did not; None without one.

        The second number of schedstat (Documentation/scheduler/sched-stats.rst).
        """
        try:
            files = self._processors.get(name) or _processors(self._lab, name)
            self._processors[name] = files
            waits = [int(file.read_text().split()[1]) for file in files]
        except (OSError, psutil.Error):  # it ended meanwhile
            self._processors.pop(name, None)
            return None
        return sum(waits) / len(waits) / 1e9 if waits else None


def _stolen() -> float:
    """Seconds that this host's processors, as one, were ready to run and the hypervisor under it
    let others run; 0 on a computer of its own (`steal`, proc(5))."""
    return float(psutil.cpu_times().steal) / (psutil.cpu_count() or 1)


def _processors(lab: Lab, name: str) -> list[Path]:
    """The host's threads that are the machine's processors."""
    init = lab.capsule.init
    for process in init.children(recursive=True) if init else ():
        if any(word.startswith(f"guest={name},") for word in process.cmdline()):
            threads = Path(f"/proc/{process.pid}/task").iterdir()
            return [t / "schedstat" for t in threads if (t / "comm").read_text().startswith("CPU ")]
    return []
