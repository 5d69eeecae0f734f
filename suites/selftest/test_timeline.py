"""The record of a test: append only, in order of time, on disk at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.record.timeline import Event, Timeline, read
from suites.selftest.fakes import FakeClock


def test_an_event_is_noted_at_the_time_it_happens(clock: FakeClock) -> None:
    record = Timeline()
    clock.jump(5)
    event = record.note("fault", "lifted", fault="power cut")
    assert event == Event(1005.0, "fault", "lifted", {"fault": "power cut"})
    assert record.events() == [event]


@pytest.mark.parametrize("at_s", [0.0, 7.5])
def test_an_event_may_be_noted_after_it_happened(at_s: float) -> None:
    assert Timeline().note("probe", "sample", at_s=at_s).at_s == at_s


def test_events_are_told_in_the_order_of_their_time() -> None:
    record = Timeline()
    for moment in (3.0, 1.0, 2.0):
        record.note("probe", "sample", at_s=moment)
    assert [event.at_s for event in record.events()] == [1.0, 2.0, 3.0]


def test_events_of_the_same_time_keep_the_order_of_noting() -> None:
    record = Timeline()
    for kind in ("injecting", "bites", "lifted"):
        record.note("fault", kind, at_s=1.0)
    assert [event.kind for event in record.events()] == ["injecting", "bites", "lifted"]


def test_one_kind_of_event_can_be_asked_for() -> None:
    record = Timeline()
    record.note("survey", "status")
    record.note("survey", "blind")
    assert [event.kind for event in record.events("blind")] == ["blind"]


def test_what_events_gave_does_not_change_the_record() -> None:
    record = Timeline()
    record.note("survey", "status")
    record.events().clear()
    assert len(record.events()) == 1


def test_an_event_is_on_disk_before_the_record_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "timeline.jsonl"
    record = Timeline(file)
    record.note("probe", "sample", at_s=1.5, guest="web", problem=None)
    written = file.read_text()
    record.close()
    assert json.loads(written) == {
        "at_s": 1.5,
        "source": "probe",
        "kind": "sample",
        "detail": {"guest": "web", "problem": None},
    }


def test_a_closed_record_remembers_but_writes_no_more(tmp_path: Path) -> None:
    file = tmp_path / "timeline.jsonl"
    record = Timeline(file)
    record.close()
    record.close()
    record.note("probe", "sample")
    assert len(record.events()) == 1
    assert file.read_text() == ""


def test_no_event_of_several_threads_is_lost_or_torn(tmp_path: Path) -> None:
    file = tmp_path / "timeline.jsonl"
    record = Timeline(file)
    with ThreadPoolExecutor(max_workers=4) as threads:
        for _ in range(200):
            threads.submit(record.note, "probe", "sample", text="x" * 200)
    record.close()
    assert len([json.loads(line) for line in file.read_text().splitlines()]) == 200


def test_a_record_knows_whether_something_happened() -> None:
    record = Timeline()
    assert not record.knows("injecting")
    record.note("fault", "injecting")
    assert record.knows("injecting")


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Two events on disk, the later one first."""
    record = Timeline(tmp_path / "timeline.jsonl")
    record.note("journal", "journal", at_s=2.5, node="alpha")
    record.note("fault", "bites", at_s=1.25)
    record.close()
    return tmp_path / "timeline.jsonl"


def test_a_stored_record_is_read_in_the_order_of_its_time(stored: Path) -> None:
    assert read(stored) == [
        Event(1.25, "fault", "bites"),
        Event(2.5, "journal", "journal", {"node": "alpha"}),
    ]


def test_a_line_that_was_cut_short_ends_a_stored_record(stored: Path) -> None:
    stored.write_text(stored.read_text()[:-5])
    assert read(stored) == [Event(2.5, "journal", "journal", {"node": "alpha"})]
    stored.write_text("")
    assert read(stored) == []
