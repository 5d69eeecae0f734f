"""How far the trace of a line reaches, and how long a line is shown."""

import pytest

from harness.judge.invariants.error_lines import LONGEST_TRACE, error_lines
from harness.judge.invariants.log_errors import LONGEST, nothing_unexpected
from harness.record.events import ConsoleLine, ExpectedError, JournalLine
from suites.selftest.node_events import clock, line
from suites.selftest.records import cut, record

WARNING = "WARNING: CPU: 0 PID: 9 at kernel/rcu/tree_plugin.h:320 rcu_note_context_switch+0x4e/0x6"
FROM_DRBD = [
    " drbd_uuid_new_current+0xc0/0x100 [drbd]",
    " w_after_conn_state_ch+0x1fd/0x280 [drbd]",
]
ALONE = "drbd web: conn( Disconnecting -> StandAlone ) "
TAKEN_DOWN = "drbd web: Terminating drbd_w_web"


def kernel(*texts: str) -> list[JournalLine]:
    """These lines of bravo's kernel, one after the other."""
    return [line(5 + number / 256, "bravo", "kernel", text) for number, text in enumerate(texts)]


@pytest.mark.parametrize("more", [0, 1])
def test_a_trace_without_an_end_is_read_no_further_than_its_longest(more: int) -> None:
    filler = ["hello"] * (LONGEST_TRACE - len(FROM_DRBD) + more)
    lines = kernel(WARNING, *filler, *FROM_DRBD)
    assert len(list(nothing_unexpected(record(cut(1, "alpha"), lines)))) == more


@pytest.mark.parametrize("more", [0, 1])
def test_a_replica_that_goes_alone_is_taken_down_within_twenty_five_lines(more: int) -> None:
    lines = kernel(ALONE, *["hello"] * (24 + more), TAKEN_DOWN)
    assert len(list(nothing_unexpected(record(lines)))) == more


def test_noise_may_come_in_the_moment_of_its_declaration() -> None:
    declared = ExpectedError(at_s=5, pattern="is hung", why="the backing device hangs")
    hung = line(5, "bravo", "cron", "is hung", priority=3)
    assert list(nothing_unexpected(record(declared, hung))) == []


@pytest.mark.parametrize("more", [0, 1])
def test_a_line_is_cut_only_where_it_is_too_long(more: int) -> None:
    text = "x" * (LONGEST - len("cron: ") + more)
    shown = text[: len(text) - more] + "…" * more
    long = line(5, "bravo", "cron", text, priority=3)
    assert list(nothing_unexpected(record(long))) == [f"bravo: cron: {shown}"]


def test_a_line_is_as_sure_as_the_clock_of_its_journal() -> None:
    readings = [
        clock(1, "bravo", 0.125),
        clock(1, "bravo", 0.5).model_copy(update={"reader": "journals"}),
    ]
    hung = line(5, "bravo", "cron", "is hung", priority=3)
    [found] = error_lines(record(readings, hung))
    assert found.uncertainty_s == 0.5


def test_a_line_of_a_console_belongs_to_no_boot() -> None:
    [found] = error_lines(record(ConsoleLine(at_s=5, machine="web", text="Kernel panic - oh")))
    assert (found.boot, found.machine) == ("", "web")
