"""Verdicts as people read them, and a stored run that is judged again."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.errors import LabError
from harness.judge.verdict import judge
from harness.record.timeline import Timeline
from harness.report.verdicts import (
    Plain,
    differences,
    judged_again,
    repeated,
    spread,
    stored,
    told,
)
from suites.selftest.records import asked

PHASE = {"length_s": 6.5, "uncertainty_s": 0.08, "told_apart": True}
HEALTHY: dict[str, Any] = {
    "verdict": "pass",
    "reasons": [],
    "outages": {"web": {"length_s": 42.5, "resolution_s": 0.09, "over": True}, "shop": None},
    "refusals": {"web": {"length_s": 40.1, "resolution_s": 0.09, "over": True}, "shop": None},
    "silences": {"web": {"length_s": 30.2, "resolution_s": 0.02, "over": True}, "shop": None},
    "phases": {"web": [{"phase": "fault → membership"} | PHASE], "shop": []},
    "acknowledged": {"web.redis": 63, "web.file": 60},
    "losses": {"web.redis": "no write lost"},
}


OTHERS = "40.10 s (± 0.09 s) (TCP), 30.20 s (± 0.02 s) (echo)"


def away(length_s: float, verdict: str = "pass") -> Plain:
    outage = {"length_s": length_s, "resolution_s": 0.09, "over": True}
    phase = PHASE | {"phase": "fault → answer", "length_s": length_s}
    return {"verdict": verdict, "outages": {"web": outage}, "phases": {"web": [phase]}}


def test_a_judgement_is_told_line_by_line() -> None:
    assert list(told(HEALTHY)) == [
        "verdict: pass",
        f"web: away 42.50 s (± 0.09 s) (HTTP), {OTHERS}",
        "    fault → membership: 6.5 s (± 0.1 s)",
        "shop: away never (HTTP), never (TCP), never (echo)",
        "web.redis: 63 writes acknowledged, no write lost",
        "web.file: 60 writes acknowledged, the store was not read",
    ]


def test_reasons_and_doubts_are_told() -> None:
    doubtful = {"phase": "fenced → promoted"} | PHASE | {"told_apart": False}
    outage = {"length_s": 42.5, "resolution_s": 0.09, "over": False}
    changed = {"outages": {"web": outage}, "phases": {"web": [doubtful]}}
    bad = HEALTHY | changed | {"verdict": "fail", "reasons": ["I1: a", "I5: b"]}
    assert list(told(bad)) == [
        *("verdict: fail", "  I1: a", "  I5: b"),
        f"web: away 42.50 s (± 0.09 s), and not over (HTTP), {OTHERS}",
        "    fenced → promoted: 6.5 s (± 0.1 s, not told apart)",
        "web.redis: 63 writes acknowledged, no write lost",
        "web.file: 60 writes acknowledged, the store was not read",
    ]


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        (HEALTHY, []),
        (HEALTHY | {"verdict": "fail"}, ["verdict: was pass, is fail"]),
        ({}, [f"{key}: was {value}, is None" for key, value in HEALTHY.items()]),
    ],
    ids=["the same", "changed", "gone"],
)
def test_what_has_changed_is_told(now: Plain, lines: list[str]) -> None:
    assert differences(HEALTHY, now) == lines


def test_repeats_of_a_test_are_taken_together_without_the_invalid() -> None:
    judged = {
        "test_cut[web-repeat1]": away(10),
        "test_cut[web-repeat2]": away(20, "fail"),
        "test_cut[web-repeat3]": away(30, "invalid"),
        "test_cut[shop-repeat12]": away(40),
        "test_fence[repeat1]": away(50),
        "test_cut[repeat2-0]": away(60),
    }
    assert repeated(judged) == {
        "test_cut[web]": [away(10), away(20, "fail")],
        "test_cut[shop]": [away(40)],
        "test_fence": [away(50)],
        "test_cut[0]": [away(60)],
    }


def rows(repeats: list[Plain]) -> list[list[str]]:
    screen = Console(width=100)
    with screen.capture() as shown:
        screen.print(spread(repeats))
    return [[word.strip() for word in row.split("  ") if word] for row in shown.get().splitlines()]


def test_repeats_are_spread_out_and_never_averaged() -> None:
    head, outages, phases = rows([away(float(length)) for length in range(40, 0, -1)])
    figures = ["40", "1.0 s", "20.5 s", "38.0 s", "40.0 s"]
    assert [word for word in head if word] == ["times", "least", "median", "95 %", "most"]
    assert [word for word in outages if word] == ["web away", *figures]
    assert [word for word in phases if word] == ["web: fault → answer", *figures]


def test_a_repeat_without_an_outage_was_not_away_at_all() -> None:
    _, outages, phases = rows([HEALTHY | {"outages": {"web": None}}, away(10)])
    assert [word for word in outages if word][1:] == ["2", "0.0 s", "5.0 s", "10.0 s", "10.0 s"]
    assert [word for word in phases if word][1:] == ["1", *["10.0 s"] * 4]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of one judged test, and of one that was not judged."""
    for name in ("test_cut[web]", "test_unjudged"):
        (tmp_path / name).mkdir()
        record = Timeline(tmp_path / name / "timeline.jsonl")
        for seen in asked(away=range(20, 30)):
            record.note(seen.source, seen.kind, at_s=seen.at_s, **seen.detail)
        record.close()
    said = json.dumps(judge(record.events()).plain())
    (tmp_path / "test_cut[web]" / "verdict.json").write_text(said)
    return tmp_path


def test_a_stored_run_is_judged_again_to_the_same_verdict(run: Path) -> None:
    [(name, before)] = stored(run).items()
    now = judged_again(run)
    assert list(now) == [name] == ["test_cut[web]"]
    assert now[name]["outages"]["web"]["length_s"] == 0.99
    assert differences(before, now[name]) == []


def test_a_record_that_is_gone_is_named(run: Path) -> None:
    (run / "test_cut[web]" / "timeline.jsonl").unlink()
    with pytest.raises(LabError, match=r"timeline\.jsonl: gone; without its record"):
        judged_again(run)


def test_a_folder_that_is_no_run_holds_nothing(tmp_path: Path) -> None:
    assert stored(tmp_path / "gone") == judged_again(tmp_path) == {}
