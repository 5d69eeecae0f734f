"""A stored record is judged as the run itself was; a damaged one is invalid."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.judge.judgement import Judgement, Verdict
from harness.judge.verdict import judge, judge_file
from harness.record.events import EVENT
from harness.record.timeline import Record
from suites.selftest.failover import good
from suites.selftest.judge.failovers import failure
from suites.selftest.judge.test_broken_promises import SURE


def store(file: Path, events: Record) -> list[bytes]:
    """Write a record as the timeline does; its lines."""
    lines = [EVENT.dump_json(event) + b"\n" for event in events.events]
    file.write_bytes(b"".join(lines))
    return lines


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "timeline.jsonl"


@pytest.mark.parametrize("case", SURE)
def test_a_stored_record_is_judged_as_the_run_itself_was(file: Path, case: str) -> None:
    doctored = SURE[case][0]()
    store(file, doctored)
    assert judge_file(file) == judge(doctored)


def test_a_stored_record_that_passed_passes(file: Path) -> None:
    store(file, good())
    assert judge_file(file).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda _: [], "timeline.jsonl: empty"),
        (lambda lines: lines[:-1], "timeline.jsonl, line {last}: cut short, the record was not"),
        (lambda lines: [*lines[:99], b"}{\n", *lines[99:]], "timeline.jsonl, line 100: damaged"),
        (lambda lines: [*lines, lines[-1][:9]], "timeline.jsonl, line {next}: cut short"),
        (lambda lines: lines[1:], "timeline.jsonl, line 1: not an `opened` event"),
        (lambda lines: lines * 2, "timeline.jsonl: two records in one file"),
        (
            lambda lines: [lines[0].replace(b'"format":2', b'"format":1'), *lines[1:]],
            "timeline.jsonl, line 1: of format 1, this reader knows 2",
        ),
    ],
    ids=["empty", "not closed", "garbage", "torn", "no beginning", "two", "another format"],
)
def test_a_damaged_record_is_invalid_and_the_line_is_named(
    file: Path, damage: Callable[[list[bytes]], list[bytes]], reason: str
) -> None:
    """Whatever it held: here it holds a broken promise."""
    lines = store(file, good(failure("web is nowhere", "cluster")))
    file.write_bytes(b"".join(damage(lines)))
    judgement = judge_file(file)
    assert (judgement.verdict, judgement.broken) == (Verdict.INVALID, ())
    [text] = judgement.reasons
    assert text.startswith(reason.format(last=len(lines) - 1, next=len(lines) + 1))


def test_a_record_that_is_not_there_is_invalid(file: Path) -> None:
    assert judge_file(file) == Judgement(
        Verdict.INVALID, unfit=("timeline.jsonl: cannot be read (No such file or directory)",)
    )
