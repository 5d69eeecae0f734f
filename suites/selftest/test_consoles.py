"""Consoles: only what was printed since the test began, in plain text, without secrets."""

from pathlib import Path

import pytest

from harness.observe.consoles import Consoles, plain
from harness.observe.observer import Observer
from harness.record.events import Blind, ConsoleLine
from harness.record.timeline import Timeline
from suites.selftest.fake_lab import FakeLab


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def consoles(lab: FakeLab, timeline: Timeline) -> Observer:
    for node in lab.plan.nodes:
        (lab.state.consoles / f"{node}.log").write_text("before\n")
    return Consoles(lab, timeline)


def say(lab: FakeLab, machine: str, text: str) -> None:
    with (lab.state.consoles / f"{machine}.log").open("a", newline="") as file:
        file.write(text)


def lines(timeline: Timeline) -> list[tuple[str, str]]:
    return [(line.machine, line.text) for line in timeline.of(ConsoleLine)]


def test_new_lines_are_noted_with_their_machine(
    lab: FakeLab, timeline: Timeline, consoles: Observer
) -> None:
    consoles.start()
    say(lab, "alpha", "[ 12.3] panic\r\n\r\nBooting\rOK\n")
    say(lab, "alpha-web", "guest up\n")
    consoles.before_fault()
    consoles.stop()
    assert lines(timeline) == []
    consoles.collect()
    assert lines(timeline) == [
        ("alpha", "[ 12.3] panic"),
        ("alpha", "Booting"),
        ("alpha", "OK"),
        ("alpha-web", "guest up"),
    ]
    assert not timeline.knows(Blind)


def test_a_line_that_is_not_complete_is_not_noted(
    lab: FakeLab, timeline: Timeline, consoles: Observer
) -> None:
    consoles.start()
    say(lab, "alpha", "whole\nhal")
    say(lab, "bravo", "hal")
    consoles.collect()
    assert lines(timeline) == [("alpha", "whole")]


def test_a_file_that_was_begun_anew_is_read_from_its_begin(
    lab: FakeLab, timeline: Timeline, consoles: Observer
) -> None:
    consoles.start()
    (lab.state.consoles / "alpha.log").write_text("anew\n")
    consoles.collect()
    assert lines(timeline) == [("alpha", "anew")]


def test_no_secret_gets_into_the_record(
    lab: FakeLab, timeline: Timeline, consoles: Observer
) -> None:
    (lab.state.keys / "fence.key").write_bytes(b"0123456789abcdef0123")
    consoles.start()
    say(lab, "alpha", "key: 0123456789abcdef0123.\n")
    consoles.collect()
    assert lines(timeline) == [("alpha", "key: [fence.key].")]


def test_a_node_without_a_console_is_a_gap(
    lab: FakeLab, timeline: Timeline, consoles: Observer
) -> None:
    consoles.start()
    (lab.state.consoles / "bravo.log").unlink()
    say(lab, "alpha", "goes on\n")
    consoles.collect()
    [gap] = timeline.of(Blind)
    assert (gap.observer, gap.part, gap.reason) == ("consoles", "bravo", "it has no console")
    assert lines(timeline) == [("alpha", "goes on")]


def test_a_console_that_cannot_be_read_is_a_gap(
    lab: FakeLab, timeline: Timeline, consoles: Observer
) -> None:
    consoles.start()
    file: Path = lab.state.consoles / "alpha.log"
    file.unlink()
    file.mkdir()
    say(lab, "bravo", "goes on\n")
    consoles.collect()
    [gap] = timeline.of(Blind)
    assert (gap.part, gap.reason) == ("alpha", "its console cannot be read (Is a directory)")
    assert lines(timeline) == [("bravo", "goes on")]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "[\x1b[0;32m OK \x1b[0m] Started \x1b[0;1;39mx.service\x1b[0m.",
            "[ OK ] Started x.service.",
        ),
        ("\x1b]0;title\x07prompt\x1b]2;t\x1b\\#", "prompt#"),
        ("\x1b(Bplain\x1b=\x1b[?25l", "plain"),
        ("a\tb\x00\x07\x7f\x9b  ", "a b"),
        ("cut \x1b[3", "cut 3"),
        ("ümlaut [ 1.0]", "ümlaut [ 1.0]"),
        ("\x1b[2J\x1b[H", ""),
    ],
)
def test_a_line_is_plain_text(line: str, text: str) -> None:
    assert plain(line) == text
