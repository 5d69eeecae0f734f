"""The nodes' journals: every line since the test began, by this machine's clock."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from harness.observe.clock import Clock
from harness.observe.journal_entries import Entry, parse
from harness.observe.journals import LOST, Journals
from harness.observe.observer import Observer
from harness.record.events import Blind, ClockReading, JournalLine, JournalRead
from harness.record.spans import Life
from harness.record.timeline import Timeline
from suites.selftest.fakes import FakeLab
from suites.selftest.records import power

CAPTURED = Path(__file__).parent / "captured" / "journal.jsonl"
EPOCH_S = 1_795_000_000
FIRST, SECOND, THIRD = (f"{n}0000000-0000-4000-8000-000000000000" for n in (1, 2, 3))
MARK = {"SYSLOG_IDENTIFIER": "quorate", "MESSAGE": "trial 3f2a begins", "PRIORITY": "4"}
TIME, READ, BEGIN = "while read -r _", "journalctl", "> /dev/kmsg"


def entry(second: float, boot: str = FIRST, **fields: object) -> str:
    """As journalctl prints it."""
    stamp = str(round((EPOCH_S + second) * 1e6))
    always = {"__REALTIME_TIMESTAMP": stamp, "_BOOT_ID": UUID(boot).hex, "__CURSOR": "s=1;i=2"}
    return json.dumps(always | fields)


def printed(boot: str, *entries: str) -> str:
    return "".join(f"{line}\n" for line in (boot, *entries))


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def journals(lab: FakeLab, timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> Journals:
    """Of nodes whose journals have nothing but the mark, at second 11; they began at 10.5."""
    monkeypatch.setattr(
        "harness.observe.clock.read_clock",
        lambda ask: Clock(float(ask()) - 100.0, 0.25, measured_s=100.0),
    )
    monkeypatch.setattr("harness.observe.journals.time.monotonic", lambda: 90.0)
    lab.shell.answer(TIME, f"{FIRST} {EPOCH_S + 100}\n")
    lab.shell.answer(BEGIN, f"{FIRST} {EPOCH_S + 100} {EPOCH_S + 10.5}\n")
    lab.shell.answer(READ, printed(FIRST, entry(11, **MARK)))
    return Journals(lab, timeline, run="3f2a")


def observe(journals: Observer) -> None:
    journals.start()
    journals.before_fault()
    journals.stop()
    journals.collect()


def lines(timeline: Timeline, node: str = "alpha") -> list[tuple[float, str, int, str]]:
    """All but the mark."""
    mine = [e for e in timeline.of(JournalLine) if e.node == node and e.who != "quorate"]
    return [(e.at_s, e.who, e.priority, e.text) for e in mine]


def reads(timeline: Timeline, node: str = "alpha") -> list[tuple[str, float, float]]:
    mine = [e for e in timeline.of(JournalRead) if e.node == node]
    return sorted((e.boot, e.since_s, e.until_s) for e in mine)


def gaps(timeline: Timeline) -> list[tuple[str, str]]:
    assert {gap.observer for gap in timeline.of(Blind)} <= {"journals"}
    return [(gap.part, gap.reason) for gap in timeline.of(Blind)]


# Entries.


def parsed(**fields: str) -> Entry:
    line = entry(1, FIRST, **fields)
    return parse(line, lambda text: text)


def test_what_was_captured_from_a_journal_is_understood_to_the_last_entry() -> None:
    entries = [parse(line, lambda text: text) for line in CAPTURED.read_text().splitlines()]
    assert {entry.boot for entry in entries} == {"6365162c-9147-4e69-a3e9-389f2803c9b2"}
    assert [(e.who, e.priority, e.lines) for e in entries] == [
        ("kernel", 6, ("virbr2: port 2(vnet29) entered forwarding state",)),
        ("systemd-journald", 6, ("Journal started",)),
        ("multi", 3, ("first", "second")),
        ("python3", 4, ("\ufffd\ufffd raw \x1b[31mred",)),
        ("nomessage", 6, ()),
        ("twice", 6, ("a",)),
        ("quorate", 4, ("trial 3f2a begins",)),
    ]
    sent_s, received_s = entries[2].epoch_s, entries[0].epoch_s
    assert (sent_s, received_s) == (1795611411.274927, 1795611409.695750)


def test_the_time_of_sending_is_better_than_that_of_receiving() -> None:
    assert parsed(_SOURCE_REALTIME_TIMESTAMP="1795000000250000").epoch_s == EPOCH_S + 0.25
    assert parsed().epoch_s == EPOCH_S + 1


@pytest.mark.parametrize(
    ("fields", "who"),
    [
        ({"SYSLOG_IDENTIFIER": "corosync", "_COMM": "coro"}, "corosync"),
        ({"SYSLOG_IDENTIFIER": "VirtualDomain(web)[77]"}, "VirtualDomain(web)"),
        ({"SYSLOG_IDENTIFIER": "", "_COMM": "sh"}, "sh"),
        ({"_COMM": "sh"}, "sh"),
        ({}, "unknown"),
    ],
)
def test_an_entry_is_named_by_its_identifier_or_its_program(
    fields: dict[str, str], who: str
) -> None:
    assert parsed(**fields).who == who


@pytest.mark.parametrize(
    "line",
    [
        "",
        "-- Reboot --",
        "{",
        "[]",
        '"text"',
        "{}",
        entry(1, _BOOT_ID="one"),
        entry(1, __REALTIME_TIMESTAMP="soon"),
        entry(1, MESSAGE=None),
        entry(1, MESSAGE=7),
        entry(1, MESSAGE=[300]),
        entry(1, PRIORITY="8"),
        entry(1, PRIORITY="-1"),
        entry(1, PRIORITY="high"),
    ],
)
def test_what_journalctl_does_not_print_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(line, lambda text: text)


# The observer.


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


def test_a_mark_is_written_into_the_kernels_ring_of_each_node(
    journals: Journals, lab: FakeLab
) -> None:
    journals.start()
    marks = [(node, command) for node, command in lab.shell.asked if "kmsg" in command]
    assert sorted(node for node, _ in marks) == ["alpha", "arbiter", "bravo"]
    assert "; echo 'quorate: trial 3f2a begins' > /dev/kmsg || exit\n" in marks[0][1]


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


# Lives.


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


# What the nodes are asked.


def asked_for(lab: FakeLab, name: str) -> str:
    [command] = [c for node, c in lab.shell.asked if node == name and "journalctl" in c]
    return command


SHELL = """
journalctl() {{
    case "$*" in
        *-F*) printf '%s\\n' b a; return {listing};;
        *) echo "asked: $*"; return {reading};;
    esac
}}
read() {{ boot={boot}; }}
{command}
"""
"""A node's shell, with a journal that prints how it was asked."""
OURS = (
    "asked: -q --no-pager -a -o json --output-fields=MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,"
    "_SOURCE_REALTIME_TIMESTAMP "
)
Answer = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def node_shell(journals: Journals, lab: FakeLab) -> Answer:
    """Runs what alpha was asked in the end."""
    observe(journals)

    def run(boot: str, *, listing: int = 0, reading: int = 0) -> "subprocess.CompletedProcess[str]":
        command = asked_for(lab, "alpha")
        text = SHELL.format(boot=boot, listing=listing, reading=reading, command=command)
        return subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize(
    ("boot", "asked"),
    [
        (FIRST, ["--since=@1795000010.500000 -b"]),
        (
            SECOND,
            ["--since=@1795000010.500000 _BOOT_ID=b", "--since=@1795000010.500000 _BOOT_ID=a"],
        ),
    ],
    ids=["same life", "booted anew"],
)
def test_only_lines_since_the_begin_are_asked_for_of_all_lives_since(
    node_shell: Answer, boot: str, asked: list[str]
) -> None:
    answer = node_shell(boot)
    assert answer.returncode == 0
    assert [line.removeprefix(OURS) for line in answer.stdout.splitlines()] == [boot, *asked]


@pytest.mark.parametrize("boot", [FIRST, SECOND], ids=["same life", "booted anew"])
def test_a_reading_that_fails_is_not_taken_for_an_end(node_shell: Answer, boot: str) -> None:
    answer = node_shell(boot, reading=3)
    assert answer.returncode == 3
    assert len(answer.stdout.splitlines()) == 2


def test_a_list_of_lives_that_cannot_be_had_is_not_taken_for_an_empty_one(
    node_shell: Answer,
) -> None:
    answer = node_shell(SECOND, listing=4)
    assert (answer.returncode, answer.stdout) == (4, f"{SECOND}\n")


def test_of_a_node_that_was_away_at_the_begin_all_of_its_present_life_is_read(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    lab.shell.silent.add("alpha")
    journals.start()
    [(node, reason)] = gaps(timeline)
    assert (node, reason[:22]) == ("alpha", "alpha: does not answer")
    lab.shell.silent.clear()
    lab.shell.answer(READ, printed(SECOND, entry(12, SECOND, MESSAGE="here")), on="alpha")
    journals.collect()
    assert asked_for(lab, "alpha").endswith(" -b")
    assert lines(timeline) == [(12.0, "unknown", 6, "here")]
    assert reads(timeline) == [(SECOND, 12.0, 90.0)]


def test_a_node_without_power_is_not_asked_and_leaves_a_gap(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    journals.start()
    lab.shell.asked.clear()
    lab.hypervisor.power_off("alpha")
    journals.collect()
    assert gaps(timeline) == [("alpha", "alpha: no power")]
    assert "alpha" not in dict(lab.shell.asked)
    assert lines(timeline) == []
    assert reads(timeline) == []
