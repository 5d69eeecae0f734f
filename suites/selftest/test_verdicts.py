"""Verdicts as people read them."""

from typing import Any

import pytest
from rich.console import Console

from harness.judge.judgement import Judgement, Service, Verdict
from harness.report.verdicts import describe, spread
from harness.runs.store import StoredVerdict
from suites.selftest.verdicts import PHASE, Plain, outage, service, verdict, verdict_of_reads


def reads_line(*outages: Plain, **changed: Any) -> list[str]:
    """The description of web's reads alone."""
    reads = {"reads": {"web": service(*outages)}, "writes": {}}
    return list(describe(verdict(**reads | changed)))[1:]


WRITES = "1 outage, 24.0 s (± 1.0 s), 0.3 s after the fault"


def test_a_judgement_is_described_line_by_line() -> None:
    assert list(describe(verdict())) == [
        "verdict: pass",
        "web reads: 1 outage, 22.4 s (± 0.1 s), 0.1 s after the fault; TCP 21.9 s; echo 20.1 s",
        "    fault → membership: 6.5 s (± 0.1 s)",
        "shop reads: no outage; TCP no outage; echo no outage",
        f"web.redis writes: {WRITES}; 61 acknowledged, no write lost",
        "shop.file writes: no outage; 60 acknowledged, not read at the end",
    ]


def test_the_grounds_of_a_verdict_stand_under_it() -> None:
    bad = {"verdict": "fail", "broken": ["I1: a", "I5: b"], "unfit": ["c"], "causes": ["d", "e"]}
    assert list(describe(verdict(**bad)))[:6] == [
        "verdict: fail",
        "  broken: I1: a",
        "  broken: I5: b",
        "  unfit: c",
        "  cause: d",
        "  cause: e",
    ]


def test_limits_stand_in_a_column_in_the_end() -> None:
    assert list(describe(verdict(limits=["a: 1 s of 2 s", "b: 0 of 1"])))[-2:] == [
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
    unmeasured = verdict(connections={}, echoes={}, acknowledged={}, losses={})
    lines = list(describe(unmeasured))
    assert "shop reads: no outage; TCP not measured; echo not measured" in lines
    assert lines[-1] == "shop.file writes: no outage; 0 acknowledged, not read at the end"


def test_phases_of_writes_and_their_doubts_are_described() -> None:
    doubtful = PHASE | {"phase": "fenced → answer", "distinct": False}
    writes = {"web.redis": service(outage(5), phases=[PHASE, doubtful])}
    assert list(describe(verdict(writes=writes)))[-2:] == [
        "    fault → membership: 6.5 s (± 0.1 s)",
        "    fenced → answer: 6.5 s (± 0.1 s, not distinct)",
    ]


def test_every_judgement_can_be_stored_and_described() -> None:
    judgement = Judgement(Verdict.PASS, reads={"web": Service()})
    assert list(describe(StoredVerdict.of(judgement))) == [
        "verdict: pass",
        "web reads: no outage; TCP not measured; echo not measured",
    ]


def rows(repeats: list[StoredVerdict]) -> list[list[str]]:
    """The cells of the table that are not empty."""
    screen = Console(width=120)
    with screen.capture() as shown:
        screen.print(spread(repeats))
    found = [line.split("  ") for line in shown.get().splitlines()]
    return [[cell.strip() for cell in line if cell.strip()] for line in found]


def test_repeats_are_spread_out_and_never_averaged() -> None:
    figures = ["40", "1.0 s", "20.5 s", "38.0 s", "40.0 s"]
    assert rows([verdict_of_reads(float(length)) for length in range(40, 0, -1)]) == [
        ["times", "min", "median", "95 %", "max", "not over"],
        ["web reads, longest", *figures],
        ["web reads, in all", *figures],
        ["web reads: fault → answer", *figures],
    ]


def test_a_repeat_without_an_outage_counts_as_one_of_no_length() -> None:
    _, longest, in_all, phase = rows(
        [verdict_of_reads(0, reads={"web": service()}), verdict_of_reads(10)]
    )
    assert longest[1:] == in_all[1:] == ["2", "0.0 s", "5.0 s", "10.0 s", "10.0 s"]
    assert phase[1:] == ["1", *["10.0 s"] * 4]


def test_further_outages_and_those_that_are_not_over_are_counted() -> None:
    endless = verdict_of_reads(0, reads={"web": service(outage(3), outage(7, over=False))})
    _, longest, in_all = rows([endless])
    assert longest == ["web reads, longest", "1", *["7.0 s"] * 4, "1"]
    assert in_all == ["web reads, in all", "1", *["10.0 s"] * 4, "1"]


def test_writes_are_spread_out_by_store() -> None:
    writes = {"web.redis": service(outage(5), phases=[PHASE])}
    assert [row[0] for row in rows([verdict_of_reads(10, writes=writes)])[4:]] == [
        "web.redis writes, longest",
        "web.redis writes, in all",
        "web.redis writes: fault → membership",
    ]
