"""Each life of a node is understood by its own clock."""

from harness.observe.clock import Clock
from harness.observe.journals import LOST, Journals
from harness.record.events import ClockReading, JournalLine
from harness.record.spans import Life
from harness.record.timeline import Timeline
from suites.selftest.fake_lab import FakeLab
from suites.selftest.journals.journal import (
    EPOCH_S,
    FIRST,
    MARK,
    READ,
    SECOND,
    THIRD,
    TIME,
    entry,
    gaps,
    lines,
    observe,
    printed,
    reads,
)
from suites.selftest.node_events import power


def boot_anew(lab: FakeLab, *entries: str) -> None:
    """Alpha lost its power; its clock was behind by 5000 s before, and shows the true time now."""
    lab.shell.answer(TIME, f"{THIRD} {EPOCH_S + 5100}\n", on="alpha")
    lab.shell.answer(READ, printed(THIRD, *entries), on="alpha")


LIVES = (
    entry(5040, SECOND, MESSAGE="second life"),
    entry(5045, SECOND, MESSAGE="its end"),
    entry(11, FIRST, **MARK),
    entry(20, FIRST, MESSAGE="first life"),
    entry(5090, THIRD, MESSAGE="third life"),
)


def test_each_life_of_a_node_is_understood_by_its_own_clock(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    journals.start()
    agents_clock = Clock(EPOCH_S + 5001.0, 0.1, 45.0)
    timeline.note(agents_clock.reading(Life("alpha", SECOND), "node_agent"))
    boot_anew(lab, *LIVES)
    journals.collect()
    assert [(at_s, text) for at_s, _, _, text in lines(timeline)] == [
        (20.0, "first life"),
        (39.0, "second life"),
        (44.0, "its end"),
        (90.0, "third life"),
    ]
    assert {line.text: line.boot for line in timeline.of(JournalLine)}["second life"] == SECOND
    assert reads(timeline) == [(FIRST, 11, 20), (SECOND, 39, 44), (THIRD, 90, 90)]
    assert gaps(timeline) == []


def test_of_two_clocks_of_a_life_the_better_is_believed(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    journals.start()
    timeline.note(Clock(EPOCH_S + 0.125, 0.1, 50.0).reading(Life("alpha", FIRST), "node_agent"))
    lab.shell.answer(READ, printed(FIRST, entry(11, **MARK)), on="alpha")
    journals.collect()
    assert reads(timeline) == [(FIRST, 10.875, 90.0)]


def test_a_life_whose_clock_nobody_read_is_understood_by_the_present_one(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    journals.start()
    boot_anew(lab, *LIVES)
    journals.collect()
    assert (40.0, "second life") in [(at_s, text) for at_s, _, _, text in lines(timeline)]
    [stand_in] = [clock for clock in timeline.of(ClockReading) if clock.boot == SECOND]
    assert (stand_in.offset_s, stand_in.uncertainty_s) == (EPOCH_S + 5000, 0.25)


def test_a_first_life_that_left_nothing_is_a_hole(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    journals.start()
    boot_anew(lab, entry(5090, THIRD, MESSAGE="third life"))
    journals.collect()
    assert gaps(timeline) == [("alpha", LOST)]
    assert reads(timeline) == [(THIRD, 90, 90)]


def test_a_present_life_that_left_nothing_is_a_hole(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    journals.start()
    boot_anew(lab, entry(11, FIRST, **MARK))
    journals.collect()
    assert gaps(timeline) == [("alpha", f"the journal has nothing of boot {THIRD}")]
    assert reads(timeline) == [(FIRST, 11, 11)]


def test_a_clock_that_stood_still_while_its_node_was_suspended_is_understood(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    journals.start()
    timeline.note(power(40.0, "alpha", "suspended"))
    timeline.note(power(60.0, "alpha", "resumed"))
    # The clock was measured at 100 s, after the halt.
    entries = (entry(31, **MARK), entry(50, MESSAGE="before"), entry(70, MESSAGE="after"))
    lab.shell.answer(READ, printed(FIRST, *entries), on="alpha")
    journals.collect()
    assert [(at_s, text) for at_s, _, _, text in lines(timeline)] == [
        (30.0, "before"),
        (70.0, "after"),
    ]


def test_a_time_before_this_machine_began_does_not_end_the_reading(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    entries = (entry(11, **MARK), entry(-50, MESSAGE="stepped back"))
    lab.shell.answer(READ, printed(FIRST, *entries), on="alpha")
    observe(journals)
    assert lines(timeline) == [(0.0, "unknown", 6, "stepped back")]
