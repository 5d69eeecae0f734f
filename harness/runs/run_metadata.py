"""When a run reached what: seconds since its process started, kept in the run's run.json."""

import json
import time
from pathlib import Path

import psutil


class Milestones:
    """Moments and figures of one run."""

    def __init__(self) -> None:
        self._began = psutil.Process().create_time()
        self.reached: dict[str, float] = {}
        self.figures: dict[str, list[float]] = {}
        self.facts: dict[str, str] = {}

    def reach(self, name: str) -> None:
        """Note a moment; only its first time counts."""
        self.reached.setdefault(name, round(time.time() - self._began, 2))

    def measure(self, name: str, value: float) -> None:
        """Note a figure; all of one name are kept. The unit is in the name."""
        self.figures.setdefault(name, []).append(round(value, 3))

    def write(self, file: Path) -> None:
        """Keep all of it as JSON."""
        content = {"reached_s": self.reached, "figures": self.figures, **self.facts}
        file.write_text(json.dumps(content, indent=1) + "\n")


milestones = Milestones()
"""Of this process."""
