"""The record of a real power cut passes, and is invalid when it is damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.judge.judgement import Verdict
from harness.judge.verdict import judge, judge_file
from harness.record.events import EVENT, Closed, Opened, Recovered, Settled
from suites.selftest.doctored import honest


def test_the_honest_record_passes() -> None:
    judgement = judge(honest())
    assert (judgement.verdict, judgement.reasons) == (Verdict.PASS, ())


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda _: [], "empty"),
        (lambda lines: lines[: len(lines) // 2], "cut short"),
        (lambda lines: [*lines[:50], b"garbage", *lines[50:]], "line 51: damaged"),
        (lambda lines: lines[1:], "line 1: not an `opened` event"),
        (lambda lines: lines[:-1], "cut short, the record was not closed"),
        (lambda lines: [lines[0].replace(b'"format":2', b'"format":1'), *lines[1:]], "of format 1"),
        (lambda lines: [*lines, *lines], "two records"),
    ],
)
def test_a_damaged_record_is_invalid(
    damage: Callable[[list[bytes]], list[bytes]], reason: str, tmp_path: Path
) -> None:
    events = [e for e in honest().events if not isinstance(e, Opened | Closed)]
    whole = [honest().opened, *events, honest().of(Closed)[0]]
    lines = damage([EVENT.dump_json(event) for event in whole])
    file = tmp_path / "timeline.jsonl"
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    judgement = judge_file(file)
    assert judgement.verdict is Verdict.INVALID
    assert reason in judgement.unfit[0]


def test_what_the_record_begins_and_ends_with_is_needed() -> None:
    """The doctored records above differ from the honest one by what they state, not by these."""
    assert honest().of(Settled)
    assert honest().of(Recovered)
