"""Every line since the test began is read, by this machine's clock; a hole is named."""

import json

import pytest

from harness.observe.clock import Clock
from harness.observe.journals import LOST, Journals
from harness.record.events import ClockReading, JournalLine
from harness.record.spans import Life
from harness.record.timeline import Timeline
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeClock
from suites.selftest.journals.journal import (
    BEGIN,
    EPOCH_S,
    FIRST,
    MARK,
    READ,
    entry,
    gaps,
    lines,
    observe,
    printed,
    reads,
)


def test_lines_have_this_machines_time_and_who_wrote_them(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    entries = [
        entry(11, **MARK),
        entry(12.5, SYSLOG_IDENTIFIER="corosync", PRIORITY="5", MESSAGE="  [QUORUM] Members[2]: 1"),
        entry(13.25, SYSLOG_IDENTIFIER="kernel", PRIORITY="3", MESSAGE="BUG\n\nCall Trace\u2028:"),
    ]
    lab.shell.answer(READ, printed(FIRST, *entries), on="alpha")
    observe(journals)
    assert lines(timeline) == [
        (12.5, "corosync", 5, "  [QUORUM] Members[2]: 1"),
        (13.25, "kernel", 3, "BUG"),
        (13.25, "kernel", 3, "Call Trace"),
        (13.25, "kernel", 3, ":"),
    ]
    assert {line.boot for line in timeline.of(JournalLine)} == {FIRST}
    assert lines(timeline, "bravo") == []
    assert gaps(timeline) == []


def test_the_journal_of_a_node_that_boots_is_read_when_it_answers(
    journals: Journals, lab: FakeLab, timeline: Timeline, clock: FakeClock
) -> None:
    journals.start()
    lab.shell.silent.add("alpha")
    clock.after(40, lambda: lab.shell.silent.discard("alpha"))
    journals.collect()
    assert gaps(timeline) == []


def test_an_unescaped_line_separator_does_not_cut_an_entry(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    """journalctl prints U+2028 as it is."""
    text = json.dumps("one\u2028two", ensure_ascii=False)
    raw = entry(12, MESSAGE="@").replace('"@"', text)
    lab.shell.answer(READ, printed(FIRST, entry(11, **MARK), raw), on="alpha")
    observe(journals)
    assert [text for _, _, _, text in lines(timeline)] == ["one", "two"]
    assert gaps(timeline) == []


def test_each_clock_is_noted_at_the_beginning_and_in_the_end(
    journals: Journals, timeline: Timeline
) -> None:
    observe(journals)
    clocks = [clock for clock in timeline.of(ClockReading) if clock.node == "bravo"]
    assert clocks == [Clock(EPOCH_S, 0.25, 100.0).reading(Life("bravo", FIRST), "journals")] * 2
    assert {clock.node for clock in timeline.of(ClockReading)} == {"alpha", "bravo", "arbiter"}


def test_a_mark_is_written_into_the_kernels_ring_of_each_node_and_to_its_disk(
    journals: Journals, lab: FakeLab
) -> None:
    journals.start()
    marks = [(node, command) for node, command in lab.shell.asked if "kmsg" in command]
    assert sorted(node for node, _ in marks) == ["alpha", "arbiter", "bravo"]
    assert (
        "; echo 'quorate: trial 3f2a begins' > /dev/kmsg && journalctl --sync || exit\n"
        in marks[0][1]
    )


def test_a_journal_was_read_from_the_mark_to_the_moment_of_reading(
    journals: Journals, timeline: Timeline
) -> None:
    observe(journals)
    for node in ("alpha", "bravo", "arbiter"):
        assert reads(timeline, node) == [(FIRST, 11.0, 90.0)]


@pytest.mark.parametrize(
    "entries",
    [
        (),
        (entry(12, SYSLOG_IDENTIFIER="corosync", MESSAGE="goes on"),),
        (entry(11, **(MARK | {"MESSAGE": "trial 3f2b begins"})),),
    ],
    ids=["empty", "rotated", "of another trial"],
)
def test_a_journal_without_the_mark_has_a_hole(
    journals: Journals, lab: FakeLab, timeline: Timeline, entries: tuple[str, ...]
) -> None:
    lab.shell.answer(READ, printed(FIRST, *entries), on="alpha")
    observe(journals)
    assert gaps(timeline) == [("alpha", LOST)]
    assert reads(timeline) == []
    assert len(reads(timeline, "bravo")) == 1


def test_entries_that_cannot_be_parsed_are_a_hole(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    entries = (entry(11, **MARK), "{broken", "too", entry(12, MESSAGE="goes on"))
    lab.shell.answer(READ, printed(FIRST, *entries), on="alpha")
    observe(journals)
    [(node, reason)] = gaps(timeline)
    assert node == "alpha"
    assert reason.startswith("2 lines of the journal are damaged: '{broken' (")
    assert [text for _, _, _, text in lines(timeline)] == ["goes on"]
    assert reads(timeline) == []


def test_a_journalctl_that_fails_is_a_hole(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    lab.shell.answer(READ, printed(FIRST), code=1, stderr="Bad message", on="alpha")
    observe(journals)
    [(node, reason)] = gaps(timeline)
    assert (node, reason.rpartition(": ")[2]) == ("alpha", "Bad message")
    assert reads(timeline) == []


def test_a_mark_that_cannot_be_written_is_a_gap(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    lab.shell.answer(BEGIN, code=1, stderr="Permission denied", on="alpha")
    journals.start()
    assert [node for node, _ in gaps(timeline)] == ["alpha"]


def test_no_secret_gets_into_the_record(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    secret = b"\xff0123456789abcdef\xfe"
    (lab.state.keys / "fence.key").write_bytes(secret)
    entries = [
        entry(11, **MARK),
        entry(12, MESSAGE=f"key {secret.hex()}"),
        entry(13, MESSAGE=list(b"key " + secret)),
    ]
    lab.shell.answer(READ, printed(FIRST, *entries), on="alpha")
    observe(journals)
    assert [text for _, _, _, text in lines(timeline)] == ["key [fence.key]"] * 2
