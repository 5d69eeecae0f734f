"""Entries as journalctl prints them."""

from pathlib import Path

import pytest

from harness.observe.journal_entries import Entry, parse
from suites.selftest.journals.journal import EPOCH_S, FIRST, entry

CAPTURED = Path(__file__).parent / "captured" / "journal.jsonl"


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
