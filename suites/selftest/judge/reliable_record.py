"""A reliable record: all observers agree, and observed until the end."""

from collections.abc import Callable, Sequence

from harness.judge.reliability import unreliable
from harness.record.events import Event, JournalRead, PowerState
from suites.selftest.quiet import reliability_events
from suites.selftest.records import record

END_S = 100.0
RELIABLE = reliability_events(END_S)


def reasons(*events: Event | Sequence[Event]) -> list[str]:
    return list(unreliable(record(RELIABLE, *events)))


def reasons_replacing(match: Callable[[Event], bool], *instead: Event) -> list[str]:
    """Return why the record is unreliable with matching events replaced by `instead`."""
    return list(unreliable(record([e for e in RELIABLE if not match(e)], *instead)))


def of_journal(node: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, JournalRead) and event.node == node


def of_power(node: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, PowerState) and event.node == node


def of_power_and_journal(node: str) -> Callable[[Event], bool]:
    return lambda event: of_power(node)(event) or of_journal(node)(event)
