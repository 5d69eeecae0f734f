"""I9: what journals and consoles complain of, and nobody expected."""

import re
from collections.abc import Iterator, Sequence

from harness.judge.invariants.complaints import Complaint, complaints
from harness.judge.invariants.expected_errors import EXPECTED
from harness.record.events import ExpectedError
from harness.record.timeline import Record

MOST_SHOWN = 5
LONGEST = 200
"""Characters of a line that is shown: libvirt quotes whole command lines."""


def nothing_unexpected(record: Record) -> Iterator[str]:
    """I9: no journal and no console tells of trouble that was not expected; each text once."""
    alike: dict[tuple[str, str], list[Complaint]] = {}
    for complaint in complaints(record):
        if not _expected(record, complaint):
            key = complaint.who, re.sub(r"0x[0-9a-f]+|\d+", "#", complaint.text.strip())
            alike.setdefault(key, []).append(complaint)
    found = [_text(same) for same in alike.values()]
    yield from found[:MOST_SHOWN]
    if found[MOST_SHOWN:]:
        yield f"and {len(found) - MOST_SHOWN} more"


def _expected(record: Record, complaint: Complaint) -> bool:
    """By every test, or by this one from the moment on at which it declared so?"""
    latest_s = complaint.at_s + complaint.uncertainty_s
    declared = (e.pattern for e in record.of(ExpectedError) if e.at_s <= latest_s)
    if any(re.search(pattern, complaint.whole) for pattern in declared):
        return True
    return any(expected.covers(record, complaint) for expected in EXPECTED)


def _text(same: Sequence[Complaint]) -> str:
    machines = " and ".join(sorted({complaint.machine for complaint in same}))
    text = f"{same[0].who}: {same[0].text.strip()}"
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    times = f", {len(same)} times" if len(same) > 1 else ""
    return f"{machines}{times}: {shown}"
