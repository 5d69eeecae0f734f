"""Verdicts as people read them, and a stored run that is judged again."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from rich.console import Console

from harness.judge.judgement import Judgement, Service, Verdict
from harness.judge.verdict import judge_file
from harness.record.events import Event
from harness.record.timeline import Timeline
from harness.report import verdicts
from harness.report.verdicts import (
    NoVerdict,
    Plain,
    changes,
    describe,
    differences,
    judged_again,
    read_verdict,
    repeated,
    spread,
    stored,
)
from suites.selftest.records import cut, opened, sample, write

PHASE = {
    "phase": "fault → membership",
    "length_s": 6.5,
    "uncertainty_s": 0.08,
    "distinct": True,
}


def outage(length_s: float, **changed: Any) -> dict[str, Any]:
    return {"after_s": 0.1, "length_s": length_s, "resolution_s": 0.096, "over": True} | changed


def service(*outages: Plain, phases: Iterable[Plain] = ()) -> dict[str, Any]:
    return {"outages": list(outages), "phases": list(phases)}


HEALTHY: dict[str, Any] = {
    "verdict": "pass",
    "broken": [],
    "unfit": [],
    "causes": [],
    "reads": {"web": service(outage(22.44), phases=[PHASE]), "shop": service()},
    "connections": {"web": service(outage(21.9)), "shop": service()},
    "echoes": {"web": service(outage(20.1)), "shop": service()},
    "writes": {
        "web.redis": service(outage(24.0, resolution_s=1.0, after_s=0.3)),
        "shop.file": service(),
    },
    "acknowledged": {"web.redis": 61, "shop.file": 60},
    "losses": {"web.redis": "no write lost"},
    "limits": [],
}


def away(length_s: float, verdict: str = "pass", **changed: Any) -> dict[str, Any]:
    """Only web's reads were measured."""
    phase = PHASE | {"phase": "fault → answer", "length_s": length_s}
    reads = {"web": service(outage(length_s), phases=[phase])}
    return HEALTHY | {"verdict": verdict, "reads": reads, "writes": {}} | changed


def reads_line(*outages: Plain, **changed: Any) -> list[str]:
    """The description of web's reads alone."""
    reads = {"reads": {"web": service(*outages)}, "writes": {}}
    return list(describe(HEALTHY | reads | changed))[1:]


WRITES = "1 outage, 24.0 s (± 1.0 s), 0.3 s after the fault"


def test_a_judgement_is_described_line_by_line() -> None:
    assert list(describe(HEALTHY)) == [
        "verdict: pass",
        "web reads: 1 outage, 22.4 s (± 0.1 s), 0.1 s after the fault; TCP 21.9 s; echo 20.1 s",
        "    fault → membership: 6.5 s (± 0.1 s)",
        "shop reads: no outage; TCP no outage; echo no outage",
        f"web.redis writes: {WRITES}; 61 acknowledged, no write lost",
        "shop.file writes: no outage; 60 acknowledged, not read in the end",
    ]


def test_the_grounds_of_a_verdict_stand_under_it() -> None:
    bad = {"verdict": "fail", "broken": ["I1: a", "I5: b"], "unfit": ["c"], "causes": ["d", "e"]}
    assert list(describe(HEALTHY | bad))[:6] == [
        "verdict: fail",
        "  broken: I1: a",
        "  broken: I5: b",
        "  unfit: c",
        "  cause: d",
        "  cause: e",
    ]


def test_limits_stand_in_a_column_in_the_end() -> None:
    assert list(describe(HEALTHY | {"limits": ["a: 1 s of 2 s", "b: 0 of 1"]}))[-2:] == [
        "limits: a: 1 s of 2 s",
        "        b: 0 of 1",
    ]


def test_several_outages_have_their_number_sum_and_longest_and_a_line_each() -> None:
    one, other = outage(2.0, after_s=-3.0), outage(22.4, after_s=40.0, over=False)
    several = {"connections": {"web": service(one, other)}, "echoes": {"web": service(other)}}
    reads = "2 outages, 24.4 s in all, longest 22.4 s, not over"
    assert reads_line(one, other, **several) == [
        f"web reads: {reads}; TCP 24.4 s in 2 outages, not over; echo 22.4 s, not over",
        "    2.0 s (± 0.1 s), 3.0 s before the fault",
        "    22.4 s (± 0.1 s), 40.0 s after the fault, not over",
    ]


@pytest.mark.parametrize(
    ("after_s", "when"),
    [
        (None, ""),
        (0.0, ", at the fault"),
        (-0.049, ", at the fault"),
        (0.05, ", 0.1 s after the fault"),
        (-0.06, ", 0.1 s before the fault"),
    ],
)
def test_an_outage_is_placed_against_the_fault(after_s: float | None, when: str) -> None:
    [line] = reads_line(outage(5, after_s=after_s))
    assert line.startswith(f"web reads: 1 outage, 5.0 s (± 0.1 s){when}; TCP")


def test_what_was_not_measured_is_not_called_well() -> None:
    unmeasured = HEALTHY | {"connections": {}, "echoes": {}, "acknowledged": {}, "losses": {}}
    lines = list(describe(unmeasured))
    assert "shop reads: no outage; TCP not measured; echo not measured" in lines
    assert lines[-1] == "shop.file writes: no outage; 0 acknowledged, not read in the end"


def test_phases_of_writes_and_their_doubts_are_described() -> None:
    doubtful = PHASE | {"phase": "fenced → answer", "distinct": False}
    writes = {"web.redis": service(outage(5), phases=[PHASE, doubtful])}
    assert list(describe(HEALTHY | {"writes": writes}))[-2:] == [
        "    fault → membership: 6.5 s (± 0.1 s)",
        "    fenced → answer: 6.5 s (± 0.1 s, not distinct)",
    ]


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
        ({"mood": "good"}, ["mood: was nothing, is good"]),
    ],
    ids=["the same", "a word", "a list", "a part", "deeper", "a new key"],
)
def test_each_key_that_differs_has_a_line(now: dict[str, Any], lines: list[str]) -> None:
    assert differences(HEALTHY, HEALTHY | now) == lines


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
    """The cells of the table that are not empty."""
    screen = Console(width=120)
    with screen.capture() as shown:
        screen.print(spread(repeats))
    found = [line.split("  ") for line in shown.get().splitlines()]
    return [[cell.strip() for cell in line if cell.strip()] for line in found]


def test_repeats_are_spread_out_and_never_averaged() -> None:
    figures = ["40", "1.0 s", "20.5 s", "38.0 s", "40.0 s"]
    assert rows([away(float(length)) for length in range(40, 0, -1)]) == [
        ["times", "least", "median", "95 %", "most", "not over"],
        ["web reads, longest", *figures],
        ["web reads, in all", *figures],
        ["web reads: fault → answer", *figures],
    ]


def test_a_repeat_without_an_outage_counts_as_one_of_no_length() -> None:
    _, longest, in_all, phase = rows([away(0, reads={"web": service()}), away(10)])
    assert longest[1:] == in_all[1:] == ["2", "0.0 s", "5.0 s", "10.0 s", "10.0 s"]
    assert phase[1:] == ["1", *["10.0 s"] * 4]


def test_further_outages_and_those_that_are_not_over_are_counted() -> None:
    endless = away(0, reads={"web": service(outage(3), outage(7, over=False))})
    _, longest, in_all = rows([endless])
    assert longest == ["web reads, longest", "1", *["7.0 s"] * 4, "1"]
    assert in_all == ["web reads, in all", "1", *["10.0 s"] * 4, "1"]


def test_writes_are_spread_out_by_store() -> None:
    writes = {"web.redis": service(outage(5), phases=[PHASE])}
    assert [row[0] for row in rows([away(10, writes=writes)])[4:]] == [
        "web.redis writes, longest",
        "web.redis writes, in all",
        "web.redis writes: fault → membership",
    ]


TEST = "test_cut[web]"


def store_record(folder: Path) -> Path:
    """The record of a test in which web did not answer for a second."""
    folder.mkdir()
    timeline = Timeline(folder / "timeline.jsonl")
    answers = [sample(n / 10, good=not 20 <= n < 30) for n in range(60)]
    events: list[Event] = [opened(), *answers, cut(2.0, "alpha"), write(1, 1)]
    for event in sorted(events, key=lambda event: event.at_s):
        timeline.note(event)
    timeline.close()
    return folder / "timeline.jsonl"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of one judged test, beside a folder that is none."""
    (tmp_path / "allure").mkdir()
    plain = judge_file(store_record(tmp_path / TEST)).plain()
    (tmp_path / TEST / "verdict.json").write_text(json.dumps(plain))
    return tmp_path


def test_a_stored_run_is_judged_again_to_the_same_verdict(run: Path) -> None:
    [(name, now)] = judged_again(run)
    assert name == TEST
    assert [o["length_s"] for o in now["reads"]["web"]["outages"]] == [pytest.approx(1.1)]
    assert changes(run / name, now) == []
    assert stored(run) == {name: now}


def test_every_judgement_can_be_stored_and_described() -> None:
    plain = Judgement(Verdict.PASS, reads={"web": Service()}).plain()
    assert list(describe(plain)) == [
        "verdict: pass",
        "web reads: no outage; TCP not measured; echo not measured",
    ]


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
    assert read_verdict(tmp_path) == HEALTHY


def test_a_record_that_is_gone_makes_an_invalid_judgement_and_a_change(run: Path) -> None:
    (run / TEST / "timeline.jsonl").unlink()
    [(name, now)] = judged_again(run)
    assert now["verdict"] == "invalid"
    assert now["unfit"] == ["timeline.jsonl: cannot be read (No such file or directory)"]
    assert changes(run / name, now)


def test_a_damaged_record_is_invalid_with_its_line_and_the_others_are_judged(run: Path) -> None:
    broken = store_record(run / "test_broken")
    lines = broken.read_bytes().splitlines(keepends=True)
    broken.write_bytes(b"".join([*lines[:3], b"garbage\n", *lines[4:]]))
    judged = dict(judged_again(run))
    assert list(judged) == ["test_broken", TEST]
    [reason] = judged["test_broken"]["unfit"]
    assert reason.startswith("timeline.jsonl, line 4: damaged")
    assert changes(run / "test_broken", judged["test_broken"]) == ["no verdict was stored"]
    assert judged[TEST]["reads"]["web"]["outages"]


def test_a_test_is_found_by_its_record_or_by_its_verdict(run: Path) -> None:
    store_record(run / "test_unjudged")
    (run / TEST / "timeline.jsonl").unlink()
    assert verdicts.tests(run) == [TEST, "test_unjudged"]


@pytest.mark.parametrize("name", ["", "gone", "file"])
def test_a_folder_that_is_no_run_holds_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    assert verdicts.tests(tmp_path / name) == []
    assert stored(tmp_path / name) == dict(judged_again(tmp_path / name)) == {}


def test_what_is_no_judgement_is_not_described() -> None:
    with pytest.raises(ValidationError):
        list(describe({"verdict": "pass"}))
