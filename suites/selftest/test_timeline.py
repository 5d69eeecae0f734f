"""The record of a test: append only, by type, in the order of time, on disk at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic_core import PydanticSerializationError

from harness.record.events import (
    EVENT,
    Closed,
    ConditionMet,
    Event,
    Failure,
    FaultInjecting,
    FaultStep,
    ObservationEnds,
    Settled,
)
from harness.record.timeline import Damaged, Record, Timeline, read
from suites.selftest.fakes import FakeClock
from suites.selftest.records import fault, opened, step


def met(at_s: float, sentence: str = "it is so") -> ConditionMet:
    return ConditionMet(at_s=at_s, sentence=sentence)


def test_an_event_is_noted_at_the_time_it_happens(clock: FakeClock) -> None:
    timeline = Timeline()
    clock.jump(5)
    event = timeline.note(ConditionMet(sentence="alpha is fenced"))
    assert event == met(1005.0, "alpha is fenced")
    assert timeline.of(ConditionMet) == [event]


@pytest.mark.parametrize("at_s", [0.0, 7.5])
def test_an_event_may_be_noted_after_it_happened(at_s: float) -> None:
    assert Timeline().note(met(at_s)).at_s == at_s


def test_events_come_in_the_order_of_their_time() -> None:
    timeline = Timeline()
    for moment in (3.0, 1.0, 2.0):
        timeline.note(met(moment))
    assert [event.at_s for event in timeline.of(ConditionMet)] == [1.0, 2.0, 3.0]
    assert [event.at_s for event in timeline.record().events] == [1.0, 2.0, 3.0]


def test_events_of_the_same_time_keep_the_order_of_noting() -> None:
    timeline = Timeline()
    steps = [step(1.0, "lifted"), step(1.0, "bites"), step(1.0, "gone")]
    for event in steps:
        timeline.note(event)
    assert timeline.of(FaultStep) == steps
    assert timeline.record().of(FaultStep) == steps


def test_one_type_of_event_can_be_asked_for() -> None:
    timeline = Timeline()
    timeline.note(met(1))
    timeline.note(step(2, "bites"))
    for asked in (timeline, timeline.record()):
        assert asked.of(ConditionMet) == [met(1)]
        assert asked.of(Settled) == []


def test_what_events_were_given_out_does_not_change_the_record() -> None:
    timeline = Timeline()
    timeline.note(met(1))
    timeline.of(ConditionMet).clear()
    record = timeline.record()
    record.of(ConditionMet).clear()
    timeline.note(met(2))
    assert timeline.of(ConditionMet) == [met(1), met(2)]
    assert record.of(ConditionMet) == [met(1)]


def test_a_timeline_knows_whether_something_happened() -> None:
    timeline = Timeline()
    assert not timeline.knows(FaultInjecting)
    timeline.note(fault(1, "alpha"))
    assert timeline.knows(FaultInjecting)
    assert not timeline.knows(Event)


def test_an_event_is_on_disk_before_the_timeline_is_closed(tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "timeline.jsonl")
    timeline.note(fault(1.5, "alpha"))
    [line] = (tmp_path / "timeline.jsonl").read_bytes().splitlines()
    timeline.close()
    assert EVENT.validate_json(line) == fault(1.5, "alpha")


def test_an_event_that_cannot_be_written_is_not_on_record_either(tmp_path: Path) -> None:
    """Else the file and what is judged in memory would tell two stories."""
    timeline = Timeline(tmp_path / "timeline.jsonl")
    with pytest.raises(PydanticSerializationError):
        timeline.note(met(1, "\ud800"))  # half of a character, which UTF-8 cannot hold
    assert timeline.of(ConditionMet) == []
    assert not timeline.knows(ConditionMet)
    timeline.close()
    assert len((tmp_path / "timeline.jsonl").read_bytes().splitlines()) == 1


def test_a_closed_timeline_remembers_but_writes_no_more(tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "timeline.jsonl")
    timeline.note(opened())
    timeline.close()
    timeline.close()
    timeline.note(met(1))
    assert timeline.of(ConditionMet) == [met(1)]
    stored = read(tmp_path / "timeline.jsonl")
    assert [type(event).__name__ for event in stored.events] == ["Opened", "Closed"]


def test_no_event_of_several_threads_is_lost_or_torn(tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "timeline.jsonl")
    timeline.note(opened())
    with ThreadPoolExecutor(max_workers=4) as threads:
        for number in range(200):
            threads.submit(timeline.note, met(number, "x" * 200))
    timeline.close()
    stored = read(tmp_path / "timeline.jsonl")
    assert [event.at_s for event in stored.of(ConditionMet)] == list(range(200))


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "not yet closed"])
def test_what_becomes_known_afterwards_is_added_to_a_record(tmp_path: Path, closed: bool) -> None:
    timeline = Timeline(tmp_path / "timeline.jsonl")
    timeline.note(opened())
    timeline.note(met(1))
    if closed:
        timeline.close()
    failure = Failure(at_s=2, reason="the fault could not be lifted", blame="lab")
    timeline.amend(failure)
    for record in (timeline.record(), read(tmp_path / "timeline.jsonl")):
        assert record.of(ConditionMet) == [met(1)]
        assert record.of(Failure) == [failure]
        assert len(record.of(Closed)) == 1
    assert timeline.knows(Closed)


def test_a_timeline_without_a_file_can_be_amended_too() -> None:
    timeline = Timeline()
    timeline.close()
    timeline.amend(met(1))
    assert timeline.of(ConditionMet) == [met(1)]
    assert len(timeline.of(Closed)) == 1


def test_a_record_tells_its_moments() -> None:
    faults = [fault(5, "alpha"), fault(9, "bravo")]
    ends = [ObservationEnds(at_s=20), Closed(at_s=30)]
    record = Record([opened(1), Settled(at_s=3), Settled(at_s=4), *faults, *ends])
    assert record.opened == opened(1)
    assert (record.settled_s, record.observed_until_s, record.end_s) == (3, 20, 30)
    assert record.faults == faults


def test_a_record_that_was_cut_short_goes_from_its_first_event_to_its_last() -> None:
    record = Record([met(8), opened(1)])
    assert (record.settled_s, record.observed_until_s, record.end_s) == (1, 8, 8)
    assert record.faults == []


def test_a_record_that_was_never_opened_is_damaged() -> None:
    with pytest.raises(Damaged, match="has no `opened` event"):
        _ = Record([met(1)]).opened
