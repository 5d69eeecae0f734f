"""What happened, in order, on one clock: the hypervisor's monotonic one. Append only."""

import json
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Event:
    """One thing that happened. `at_s` is monotonic time of this machine, in seconds."""

    at_s: float
    source: str
    """Who saw it: harness, fault, probe, survey."""
    kind: str
    detail: dict[str, Any] = field(default_factory=dict)


class Timeline:
    """Events of one test, in memory and as JSON lines in a file."""

    def __init__(self, file: Path | None = None) -> None:
        self._events: list[Event] = []
        self._kinds: set[str] = set()
        self._lock = threading.Lock()
        self._file = file.open("w") if file else None

    def note(self, source: str, kind: str, *, at_s: float | None = None, **detail: Any) -> Event:
        """Add an event that happens now, or happened at `at_s`."""
        event = Event(time.monotonic() if at_s is None else at_s, source, kind, detail)
        with self._lock:
            self._events.append(event)
            self._kinds.add(kind)
            if self._file:
                self._file.write(json.dumps(asdict(event)) + "\n")
                self._file.flush()
        return event

    def events(self, kind: str | None = None) -> list[Event]:
        """All events so far, or those of one kind, in the order of their time."""
        with self._lock:
            chosen = [e for e in self._events if kind in (None, e.kind)]
        return sorted(chosen, key=lambda event: event.at_s)

    def knows(self, kind: str) -> bool:
        """Has an event of that kind been noted? Asked often, so never by looking at all."""
        return kind in self._kinds

    def close(self) -> None:
        """No event is written any more."""
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None


def read(file: Path) -> list[Event]:
    """A stored timeline, in the order of its events' times; a line cut short ends it."""
    events = []
    for line in file.read_text().splitlines():
        try:
            events.append(Event(**json.loads(line)))
        except json.JSONDecodeError:
            break
    return sorted(events, key=lambda event: event.at_s)
