"""A stored record is whole, or it is refused with the line at which it is not."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.record.events import EVENT, Closed, ConditionMet, Event
from harness.record.status import Fencing, Member, Pacemaker, Resource
from harness.record.timeline import Damaged, Record, read
from suites.selftest.node_events import copies, node_sample, view
from suites.selftest.records import fault, opened

VIEW = Pacemaker(
    dc="alpha",
    quorate=True,
    members={"alpha": Member(True, False, False, False, False)},
    resources=(Resource("web", "Started", ("alpha",), failed=False, managed=True),),
    fencings=(Fencing("bravo", "reboot", "success", "2026-01-01 00:00:00Z"),),
)
EVENTS: Sequence[Event] = (
    opened(),
    ConditionMet(at_s=7, sentence="ein Käse\n\u2028"),
    fault(5, "alpha"),
    view(6, VIEW),
    node_sample(8, "alpha", runs="web web"),
    copies(9, web=4096),
    Closed(at_s=10),
)
LINES = [EVENT.dump_json(event) + b"\n" for event in EVENTS]
WHOLE = b"".join(LINES)
OPENED, CLOSED = LINES[0], LINES[-1]
MET = EVENT.dump_json(ConditionMet(at_s=7, sentence="it is so")) + b"\n"


def stored(file: Path, content: bytes) -> Record:
    """What a file of that content is read as."""
    file.write_bytes(content)
    return read(file)


def edited(line: bytes, **changes: Any) -> bytes:
    """The same line but for some keys; None takes a key out."""
    merged = json.loads(line) | changes
    return json.dumps({k: v for k, v in merged.items() if v is not None}).encode() + b"\n"


def test_a_whole_record_is_read_as_it_was_noted(tmp_path: Path) -> None:
    record = stored(tmp_path / "t.jsonl", WHOLE)
    assert record.events == sorted(EVENTS, key=lambda event: event.at_s)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "t.jsonl: empty"),
        (OPENED[:20], "t.jsonl, line 1: cut short"),
        (OPENED + MET[:-1], "t.jsonl, line 2: cut short"),
        (OPENED + MET, "t.jsonl, line 2: cut short, the record was not closed"),
        (WHOLE + MET, "t.jsonl: closed before its last line"),
        (WHOLE + CLOSED, "t.jsonl: closed before its last line"),
        (CLOSED, "t.jsonl, line 1: not an `opened` event"),
        (MET + OPENED + CLOSED, "t.jsonl, line 1: not an `opened` event"),
        (WHOLE + WHOLE, "t.jsonl: two records in one file"),
        (
            edited(OPENED, format=1) + CLOSED,
            "t.jsonl, line 1: of format 1, this reader knows 2",
        ),
        (
            edited(OPENED, format="3") + CLOSED,
            "t.jsonl, line 1: of format '3', this reader knows 2",
        ),
        (
            edited(OPENED, format=None) + CLOSED,
            "t.jsonl, line 1: damaged (format: missing)",
        ),
        (
            OPENED + edited(MET, at_s=None) + CLOSED,
            "t.jsonl, line 2: damaged (at_s: missing)",
        ),
        (
            OPENED + edited(MET, sentence=None) + CLOSED,
            "t.jsonl, line 2: damaged (sentence: Field required)",
        ),
        (
            OPENED + MET + edited(MET, at_s=-1) + CLOSED,
            "t.jsonl, line 3: damaged (at_s: Input should be greater than or equal to 0)",
        ),
        (
            OPENED + edited(MET, strange=1) + CLOSED,
            "t.jsonl, line 2: damaged (strange: Extra inputs are not permitted)",
        ),
    ],
    ids=[
        "empty",
        "the only line is cut",
        "the last line is cut",
        "not closed",
        "something after the end",
        "closed twice",
        "not begun",
        "begun late",
        "two records",
        "an older format",
        "a newer format",
        "no format",
        "a time is missing",
        "a key is missing",
        "a value is impossible",
        "a key is unknown",
    ],
)
def test_a_damaged_record_is_refused_with_the_line(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    with pytest.raises(Damaged) as refused:
        stored(tmp_path / "t.jsonl", content)
    assert str(refused.value) == complaint


@pytest.mark.parametrize(
    "line",
    [b"\n", b"Suppressed 4312 messages\n", b"[]\n", b"{}\n", b'{"kind": "other"}\n', b"\xff\xfe\n"],
)
def test_a_line_that_is_no_event_is_named_by_its_number(tmp_path: Path, line: bytes) -> None:
    with pytest.raises(Damaged, match=r"^t\.jsonl, line 3: damaged \(.+\)$"):
        stored(tmp_path / "t.jsonl", OPENED + MET + line + CLOSED)


@pytest.mark.parametrize(("make", "why"), [(False, "No such file"), (True, "Is a directory")])
def test_a_record_that_cannot_be_read_says_why(tmp_path: Path, make: bool, why: str) -> None:
    if make:
        (tmp_path / "t.jsonl").mkdir()
    with pytest.raises(Damaged, match=rf"^t\.jsonl: cannot be read \({why}"):
        read(tmp_path / "t.jsonl")


# The same damage at every run, and no folder of examples left behind.
damaging = settings(max_examples=150, derandomize=True, database=None, deadline=None)


def outcome(content: bytes) -> Record | None:
    """What comes out of a file of that content; None when it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return stored(Path(folder) / "t.jsonl", content)
        except Damaged:
            return None


@damaging
@given(st.integers(min_value=0, max_value=len(WHOLE) - 1))
def test_a_record_that_was_cut_anywhere_is_refused(length: int) -> None:
    assert outcome(WHOLE[:length]) is None


@damaging
@given(st.integers(min_value=0, max_value=len(WHOLE) - 1), st.integers(min_value=1, max_value=255))
def test_a_byte_that_flipped_is_refused_or_leaves_events_of_known_types(
    place: int, mask: int
) -> None:
    damaged = bytearray(WHOLE)
    damaged[place] ^= mask
    if record := outcome(bytes(damaged)):
        assert len(record.events) == len(EVENTS)


@damaging
@given(st.sampled_from(range(len(LINES))))
def test_without_its_first_or_last_line_it_is_refused_without_another_it_is_shorter(
    number: int,
) -> None:
    record = outcome(b"".join(line for n, line in enumerate(LINES) if n != number))
    if number in (0, len(LINES) - 1):
        assert record is None
    else:
        assert record is not None
        assert len(record.events) == len(EVENTS) - 1


@damaging
@given(st.sampled_from(range(len(LINES))), st.integers(min_value=0, max_value=len(LINES)))
def test_a_line_that_came_twice_is_refused_or_there_twice(number: int, place: int) -> None:
    record = outcome(b"".join([*LINES[:place], LINES[number], *LINES[place:]]))
    if number in (0, len(LINES) - 1) or place in (0, len(LINES)):
        assert record is None
    else:
        assert record is not None
        assert record.events.count(EVENTS[number]) == 2


@damaging
@given(st.binary(max_size=300))
def test_what_is_no_record_is_refused(content: bytes) -> None:
    assert outcome(content) is None
