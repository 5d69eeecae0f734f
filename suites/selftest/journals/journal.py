"""Output of journalctl, and the events that the observer makes of it."""

import json
from uuid import UUID

from harness.observe.observer import Observer
from harness.record.events import Blind, JournalLine, JournalRead
from harness.record.timeline import Timeline

EPOCH_S = 1_795_000_000
FIRST, SECOND, THIRD = (f"{n}0000000-0000-4000-8000-000000000000" for n in (1, 2, 3))
MARK = {"SYSLOG_IDENTIFIER": "quorate", "MESSAGE": "trial 3f2a begins", "PRIORITY": "4"}
TIME, READ, BEGIN = "while read -r _", "journalctl -q", "> /dev/kmsg"


def entry(second: float, boot: str = FIRST, **fields: object) -> str:
    """Return a journal entry in journalctl's JSON format."""
    stamp = str(round((EPOCH_S + second) * 1e6))
    common = {"__REALTIME_TIMESTAMP": stamp, "_BOOT_ID": UUID(boot).hex, "__CURSOR": "s=1;i=2"}
    return json.dumps(common | fields)


def printed(boot: str, *entries: str) -> str:
    return "".join(f"{line}\n" for line in (boot, *entries))


def observe(journals: Observer) -> None:
    journals.start()
    journals.before_fault()
    journals.stop()
    journals.collect()


def lines(timeline: Timeline, node: str = "alpha") -> list[tuple[float, str, int, str]]:
    """Return a node's journal lines without the mark."""
    events = [e for e in timeline.of(JournalLine) if e.node == node and e.who != "quorate"]
    return [(e.at_s, e.who, e.priority, e.text) for e in events]


def reads(timeline: Timeline, node: str = "alpha") -> list[tuple[str, float, float]]:
    events = [e for e in timeline.of(JournalRead) if e.node == node]
    return sorted((e.boot, e.since_s, e.until_s) for e in events)


def gaps(timeline: Timeline) -> list[tuple[str, str]]:
    assert {gap.observer for gap in timeline.of(Blind)} <= {"journals"}
    return [(gap.part, gap.reason) for gap in timeline.of(Blind)]
