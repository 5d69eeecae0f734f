"""A fake store, and the events of its writes."""

from harness.record.events import FaultInjecting, Write
from harness.record.timeline import Timeline

RUN = "3f2a"
STRUCK = FaultInjecting(fault="off", victims=("alpha",), may_be_fenced=("alpha",))


class FakeStore:
    """A store that stores entries in memory, unless it has a problem."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.entries: list[str] = []
        self.problem: Exception | None = None
        self.problems: list[Exception] = []
        """Problems of the first calls, one for each."""
        self.reads = 0
        self.closed = False

    def push(self, entry: str) -> int:
        self._fail()
        self.entries.append(entry)
        return len(self.entries)

    def read(self) -> list[str]:
        self.reads += 1
        self._fail()
        return self.entries

    def close(self) -> None:
        self.closed = True

    def _fail(self) -> None:
        if self.problems:
            raise self.problems.pop(0)
        if self.problem:
            raise self.problem


def writes(timeline: Timeline, store: FakeStore) -> list[Write]:
    return [write for write in timeline.of(Write) if write.store == store.name]
