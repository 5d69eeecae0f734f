"""What differs between two verdicts, and the repeats of a test."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.runs.compare import changes, differences, repeated
from harness.runs.store import judged_again, stored
from suites.selftest.verdicts import (
    HEALTHY,
    PHASE,
    TEST,
    service,
    store_run,
    verdict,
    verdict_of_reads,
)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of one judged test, beside a folder that is none."""
    return store_run(tmp_path)


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        ({}, []),
        ({"verdict": "fail"}, ["verdict: was pass, is fail"]),
        ({"broken": ["I1: ä"]}, ['broken: was [], is ["I1: ä"]']),
        (
            {"losses": {"web.redis": "lost 1 (3)"}, "acknowledged": {"web.redis": 61}},
            [
                "acknowledged.shop.file: was 60, is nothing",
                "losses.web.redis: was no write lost, is lost 1 (3)",
            ],
        ),
        (
            {"echoes": HEALTHY["echoes"] | {"shop": service(phases=[PHASE])}},
            [f"echoes.shop.phases: was [], is {json.dumps([PHASE], ensure_ascii=False)}"],
        ),
    ],
    ids=["the same", "a word", "a list", "a part", "deeper"],
)
def test_each_key_that_differs_has_a_line(now: dict[str, Any], lines: list[str]) -> None:
    assert differences(verdict(), verdict(**now)) == lines


def test_repeats_of_a_test_are_taken_together_without_the_invalid() -> None:
    judged = {
        "test_cut[web-repeat1]": verdict_of_reads(10),
        "test_cut[web-repeat2]": verdict_of_reads(20, verdict="fail"),
        "test_cut[web-repeat3]": verdict_of_reads(30, verdict="invalid"),
        "test_cut[shop-repeat12]": verdict_of_reads(40),
        "test_fence[repeat1]": verdict_of_reads(50),
        "test_cut[repeat2-0]": verdict_of_reads(60),
    }
    assert repeated(judged) == {
        "test_cut[web]": [verdict_of_reads(10), verdict_of_reads(20, verdict="fail")],
        "test_cut[shop]": [verdict_of_reads(40)],
        "test_fence": [verdict_of_reads(50)],
        "test_cut[0]": [verdict_of_reads(60)],
    }


def test_a_verdict_that_is_not_that_of_now_is_a_change(run: Path) -> None:
    file = run / TEST / "verdict.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"verdict": "pass"}))
    [(name, now)] = judged_again(run)
    assert changes(run / name, now) == ["verdict: was pass, is invalid"]


def test_a_missing_verdict_is_a_change(run: Path) -> None:
    (run / TEST / "verdict.json").unlink()
    [(name, now)] = judged_again(run)
    assert changes(run / name, now) == ["no verdict was stored"]
    assert stored(run) == {}
