"""A stored run: its verdicts are read back, and its records are judged again."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.judge.judgement import Verdict
from harness.runs.compare import changes
from harness.runs.store import NoVerdict, judged_again, judged_tests, read_verdict, stored
from suites.selftest.verdicts import (
    HEALTHY,
    TEST,
    outage,
    service,
    store_record,
    store_run,
    verdict,
)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of one judged test, beside a folder that is none."""
    return store_run(tmp_path)


def test_a_stored_run_is_judged_again_to_the_same_verdict(run: Path) -> None:
    [(name, now)] = judged_again(run)
    assert name == TEST
    assert [o.length_s for o in now.reads["web"].outages] == [pytest.approx(1.1)]
    assert changes(run / name, now) == []
    assert stored(run) == {name: now}


def damaged(**changed: Any) -> str:
    return json.dumps(HEALTHY | changed)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "Invalid JSON"),
        ("pass", "Invalid JSON"),
        ("\xff", "Invalid JSON"),
        ("{}", "verdict: Field required"),
        ("[]", "Input should be an object"),
        ("null", "Input should be an object"),
        (damaged(verdict="fine"), "verdict: Input should be 'pass', 'fail' or 'invalid'"),
        (damaged(mood="good"), "mood: Extra inputs are not permitted"),
        (damaged(broken="I1"), "broken: Input should be a valid array"),
        (damaged(acknowledged={"web.redis": "3"}), "acknowledged.web.redis: Input should be"),
        (damaged(acknowledged={"web.redis": True}), "acknowledged.web.redis: Input should be"),
        (damaged(reads={"web": service(outage(float("nan")))}), "reads.web.outages.0.length_s: "),
        (damaged(reads={"web": service({"over": True})}), "reads.web.outages.0.after_s: Field"),
        (damaged(writes={"web.redis": {"outages": []}}), "writes.web.redis.phases: Field"),
    ],
)
def test_a_damaged_verdict_is_a_change_in_one_line(run: Path, content: str, why: str) -> None:
    (run / TEST / "verdict.json").write_text(content, encoding="latin-1")
    [(name, now)] = judged_again(run)
    [line] = changes(run / name, now)
    assert line.startswith(f"the stored verdict is damaged: {why}")
    assert len(line.splitlines()) == 1
    assert stored(run) == {}


def test_a_folder_in_the_verdicts_place_is_a_damaged_one(run: Path) -> None:
    (run / TEST / "verdict.json").unlink()
    (run / TEST / "verdict.json").mkdir()
    with pytest.raises(NoVerdict, match=r"^the stored verdict is damaged: Is a directory$"):
        read_verdict(run / TEST)


def test_a_verdict_is_read_back_as_it_was_stored(tmp_path: Path) -> None:
    (tmp_path / "verdict.json").write_text(json.dumps(HEALTHY))
    assert read_verdict(tmp_path) == verdict()


def test_a_record_that_is_gone_makes_an_invalid_judgement_and_a_change(run: Path) -> None:
    (run / TEST / "timeline.jsonl").unlink()
    [(name, now)] = judged_again(run)
    assert now.verdict is Verdict.INVALID
    assert now.unfit == ("timeline.jsonl: cannot be read (No such file or directory)",)
    assert changes(run / name, now)


def test_a_damaged_record_is_invalid_with_its_line_and_the_others_are_judged(run: Path) -> None:
    broken = store_record(run / "test_broken")
    lines = broken.read_bytes().splitlines(keepends=True)
    broken.write_bytes(b"".join([*lines[:3], b"garbage\n", *lines[4:]]))
    judged = dict(judged_again(run))
    assert list(judged) == ["test_broken", TEST]
    [reason] = judged["test_broken"].unfit
    assert reason.startswith("timeline.jsonl, line 4: damaged")
    assert changes(run / "test_broken", judged["test_broken"]) == ["no verdict was stored"]
    assert judged[TEST].reads["web"].outages


def test_a_test_is_found_by_its_record_or_by_its_verdict(run: Path) -> None:
    store_record(run / "test_unjudged")
    (run / TEST / "timeline.jsonl").unlink()
    assert judged_tests(run) == [TEST, "test_unjudged"]


@pytest.mark.parametrize("name", ["", "gone", "file"])
def test_a_folder_that_is_no_run_holds_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    assert judged_tests(tmp_path / name) == []
    assert stored(tmp_path / name) == dict(judged_again(tmp_path / name)) == {}
