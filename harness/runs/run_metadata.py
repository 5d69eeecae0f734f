"""Milestones and figures of a run, stored in its run.json."""

import json
import time
from pathlib import Path

import psutil


class Milestones:
    """Milestones (seconds since the process started), figures and facts of one run."""

    def __init__(self) -> None:
        # Since the boot: the time of the boot itself, from /proc/stat, is cut to whole seconds.
        self._began_s = psutil.Process().create_time() - psutil.boot_time()
        self.reached: dict[str, float] = {}
        self.figures: dict[str, list[float]] = {}
        self.facts: dict[str, str] = {}

    def reach(self, name: str) -> None:
        """Note a milestone. Only the first call for a name counts."""
        since_boot_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        self.reached.setdefault(name, round(since_boot_s - self._began_s, 2))

    def measure(self, name: str, value: float) -> None:
        """Note a figure. All figures of a name are kept; the name states the unit."""
        self.figures.setdefault(name, []).append(round(value, 3))

    def write(self, file: Path) -> None:
        """Write everything to a file as JSON."""
        content = {"reached_s": self.reached, "figures": self.figures, **self.facts}
        file.write_text(json.dumps(content, indent=1) + "\n")


milestones = Milestones()
"""The milestones of this process."""
