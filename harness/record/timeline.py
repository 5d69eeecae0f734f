"""The record of one test: typed events in order of time, stored as JSON lines."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from harness.errors import Invalid, one_line
from harness.record.events import (
    EVENT,
    FORMAT,
    Closed,
    Event,
    FaultInjecting,
    ObservationEnds,
    Opened,
    Settled,
)

E = TypeVar("E", bound=Event)


class Damaged(Invalid):
    """A stored record is empty, cut short, damaged, or of an unknown version.

    The message names the file and the line.
    """


class Record:
    """The events of a test in order of time. A record never changes.

    Example:
        failed = [sample for sample in record.of(HttpSample) if sample.problem]
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self.events: Sequence[Event] = sorted(events, key=lambda event: event.at_s)
        self._by_type: dict[type[Event], list[Event]] = {}
        for event in self.events:
            self._by_type.setdefault(type(event), []).append(event)

    def of(self, kind: type[E]) -> list[E]:
        """Return all events of one type, in order of time."""
        return [event for event in self._by_type.get(kind, ()) if isinstance(event, kind)]

    @cached_property
    def opened(self) -> Opened:
        """The event that opened the record.

        Raises:
            Damaged: there is none.
        """
        if found := self.of(Opened):
            return found[0]
        raise Damaged("the record has no `opened` event")

    @cached_property
    def settled_s(self) -> float:
        """When observation became complete: the `Settled` event, else the record's beginning."""
        return next((e.at_s for e in self.of(Settled)), self.opened.at_s)

    @cached_property
    def end_s(self) -> float:
        """When the record was closed, or its last event if it was not."""
        closed = self.of(Closed)
        return closed[-1].at_s if closed else self.events[-1].at_s

    @cached_property
    def observed_until_s(self) -> float:
        """When observation ended: the `ObservationEnds` event, else the record's end."""
        return next((e.at_s for e in self.of(ObservationEnds)), self.end_s)

    @cached_property
    def faults(self) -> Sequence[FaultInjecting]:
        """All injected faults, in order of time."""
        return self.of(FaultInjecting)


class Timeline:
    """Collects the events of a running test in memory, and in a file if one is given.

    Example:
        timeline.note(ConditionMet(sentence="alpha is fenced"))
    """

    def __init__(self, file: Path | None = None) -> None:
        self._events: list[Event] = []
        self._kinds: set[type[Event]] = set()
        self._hearers: list[Callable[[Event], None]] = []
        self._lock = threading.Lock()
        self._path = file
        self._file = file.open("wb") if file else None

    def note(self, event: E) -> E:
        """Add an event and return it. Thread-safe."""
        line = EVENT.dump_json(event) + b"\n"
        with self._lock:
            self._events.append(event)
            self._kinds.add(type(event))
            if self._file:
                self._file.write(line)
                self._file.flush()
            hearers = tuple(self._hearers)
        for hear in hearers:
            hear(event)
        return event

    @contextmanager
    def subscribed(self, hear: Callable[[Event], None]) -> Iterator[None]:
        """Call `hear` with each event, in the thread that notes it, for the body of a `with`."""
        with self._lock:
            self._hearers.append(hear)
        try:
            yield
        finally:
            with self._lock:
                self._hearers.remove(hear)

    def of(self, kind: type[E]) -> list[E]:
        """Return all events of one type so far, in order of time."""
        with self._lock:
            chosen = [event for event in self._events if isinstance(event, kind)]
        return sorted(chosen, key=lambda event: event.at_s)

    def knows(self, kind: type[Event]) -> bool:
        """Return whether an event of that type was noted. Takes constant time."""
        return kind in self._kinds

    def record(self) -> Record:
        """Return a record of all events so far."""
        with self._lock:
            return Record(self._events)

    def close(self) -> None:
        """Note `Closed` and close the file. May be called again."""
        if not self.knows(Closed):
            self.note(Closed())
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None

    def amend(self, event: Event) -> None:
        """Add an event to a closed record, and close it again."""
        self.close()
        with self._lock:
            self._events = [e for e in self._events if not isinstance(e, Closed)]
            self._kinds.discard(Closed)
            if self._path:
                self._file = self._path.open("wb")
                self._file.writelines(EVENT.dump_json(e) + b"\n" for e in self._events)
        self.note(event)
        self.close()


def read(file: Path) -> Record:
    """Read a stored record.

    Raises:
        Damaged: the file is not a complete record; names the first bad line.
    """
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        raise Damaged(f"{file.name}: cannot be read ({error.strerror})") from None
    if lines == [b""]:
        raise Damaged(f"{file.name}: empty")
    events = [_event(file, number, line) for number, line in enumerate(lines[:-1], start=1)]
    if lines[-1]:
        raise Damaged(f"{file.name}, line {len(lines)}: cut short")
    if not isinstance(events[0], Opened):
        raise Damaged(f"{file.name}, line 1: not an `opened` event")
    if sum(isinstance(event, Opened) for event in events) > 1:
        raise Damaged(f"{file.name}: two records in one file")
    if any(isinstance(event, Closed) for event in events[:-1]):
        raise Damaged(f"{file.name}: closed before its last line")
    if not isinstance(events[-1], Closed):
        raise Damaged(f"{file.name}, line {len(events)}: cut short, the record was not closed")
    return Record(events)


def _event(file: Path, number: int, line: bytes) -> Event:
    try:
        event = EVENT.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        if "format" in first["loc"]:
            why = f"of format {first['input']!r}, this reader knows {FORMAT}"
        else:
            key = ".".join(map(str, first["loc"][1:]))
            why = f"damaged ({key + ': ' if key else ''}{first['msg']})"
        raise Damaged(f"{file.name}, line {number}: {one_line(why)}") from None
    for key in ("at_s", *(["format"] if isinstance(event, Opened) else [])):
        if key not in event.model_fields_set:
            raise Damaged(f"{file.name}, line {number}: damaged ({key}: missing)")
    return event
