"""The record of a real power cut, and variants of it that the judge must not pass.

All times are in seconds after the fault. alpha, the host of `web`, lost its power. bravo, which ran
`shop`, fenced it and took over `web`. alpha came back.
"""

import lzma
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from harness.record.events import (
    EVENT,
    Event,
    HttpSample,
    IcmpSample,
    NodeSample,
    Qemu,
    Write,
)
from harness.record.spans import lives
from harness.record.timeline import Record

CAPTURED = Path(__file__).parent / "captured" / "power-cut-of-a-host.jsonl.xz"
Change = Callable[[Event], Event | None]


@cache
def honest() -> Record:
    """Return the record as the harness wrote it. Its verdict is `pass`."""
    lines = lzma.decompress(CAPTURED.read_bytes()).splitlines()
    return Record(EVENT.validate_json(line) for line in lines)


def at(after_s: float) -> float:
    """Return the time in the record at some seconds after the fault."""
    return honest().faults[0].at_s + after_s


def with_events(*events: Event) -> Record:
    """Return the record with additional events."""
    return Record([*honest().events, *events])


def without(drop: Callable[[Event], bool]) -> Record:
    """Return the record without some of its events."""
    return Record(event for event in honest().events if not drop(event))


def changed(change: Change) -> Record:
    """Return the record with `change` applied to each event. None removes the event."""
    return Record(new for event in honest().events if (new := change(event)) is not None)


def boot_of(node: str, *, last: bool = False) -> str:
    """Return the boot id of a node's first life, or of its last."""
    boots = sorted(
        (signs[0], life.boot) for life, signs in lives(honest()).items() if life.node == node
    )
    return boots[-1 if last else 0][1]


def unanswered(guest: str, since_s: float, until_s: float) -> Change:
    """Return a change: the guest answers neither HTTP requests nor echoes in this time."""

    def change(event: Event) -> Event | None:
        if not at(since_s) <= event.at_s < at(until_s):
            return event
        if isinstance(event, HttpSample) and event.guest == guest:
            gone = {"answered_s": None, "connected_s": None, "boot": ""}
            return event.model_copy(update=gone)
        if isinstance(event, IcmpSample) and event.guest == guest:
            return event.model_copy(update={"answered_s": None})
        return event

    return change


def unacknowledged(guest: str, since_s: float, until_s: float) -> Change:
    """Return a change: no write to the guest's stores is acknowledged in this time."""

    def change(event: Event) -> Event | None:
        in_time = at(since_s) <= event.at_s < at(until_s)
        if isinstance(event, Write) and event.store.startswith(f"{guest}.") and in_time:
            return event.model_copy(update={"acknowledged_s": None, "held": None})
        return event

    return change


def running(
    node: str,
    guests: Iterable[str],
    since_s: float,
    until_s: float,
    *,
    boot: str | None = None,
    primary: Iterable[str] | None = None,
) -> list[NodeSample]:
    """Return samples of a node's agent with these guests, four a second, with one pid per entry."""
    names = list(guests)
    processes = tuple(
        Qemu(guest=guest, pid=9000 + number, began_s=at(since_s))
        for number, guest in enumerate(names)
    )
    held = tuple(dict.fromkeys(names if primary is None else primary))
    count = int((until_s - since_s) * 4) + 1
    return [
        NodeSample(
            at_s=at(since_s + number / 4),
            node=node,
            boot=boot or boot_of(node),
            runs=processes,
            open=held,
            primary=held,
        )
        for number in range(count)
    ]
