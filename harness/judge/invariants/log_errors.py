"""I9: no journal and no console holds an unexpected error."""

import re
from collections.abc import Iterator, Sequence

from harness.judge.invariants.error_lines import ErrorLine, error_lines
from harness.judge.invariants.expected_errors import EXPECTED
from harness.record.events import ExpectedError
from harness.record.timeline import Record

MOST_SHOWN = 5
LONGEST = 200
"""Longest text shown, in characters. libvirt quotes whole command lines."""


def nothing_unexpected(record: Record) -> Iterator[str]:
    """I9: no journal and no console holds an unexpected error. Yields each text once."""
    alike: dict[tuple[str, str], list[ErrorLine]] = {}
    for line in error_lines(record):
        if not _expected(record, line):
            key = line.who, re.sub(r"0x[0-9a-f]+|\d+", "#", line.text.strip())
            alike.setdefault(key, []).append(line)
    found = [_text(same) for same in alike.values()]
    yield from found[:MOST_SHOWN]
    if found[MOST_SHOWN:]:
        yield f"and {len(found) - MOST_SHOWN} more"


def _expected(record: Record, line: ErrorLine) -> bool:
    """Return whether every test expects the line, or this test had declared it by then."""
    latest_s = line.at_s + line.uncertainty_s
    declared = (e.pattern for e in record.of(ExpectedError) if e.at_s <= latest_s)
    if any(re.search(pattern, line.full_text) for pattern in declared):
        return True
    return any(expected.covers(record, line) for expected in EXPECTED)


def _text(same: Sequence[ErrorLine]) -> str:
    machines = " and ".join(sorted({line.machine for line in same}))
    text = f"{same[0].who}: {same[0].text.strip()}"
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    times = f", {len(same)} times" if len(same) > 1 else ""
    return f"{machines}{times}: {shown}"
