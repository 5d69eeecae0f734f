"""The journal of each boot is read from the beginning to the end, without a hole."""

import pytest

from harness.judge.reliability import boots, unreliable
from harness.record.events import Closed, Event, ObservationEnds, Opened, Settled
from harness.record.spans import Life
from harness.record.timeline import Record
from suites.selftest.judge.reliable_record import (
    END_S,
    RELIABLE,
    of_journal,
    of_power_and_journal,
    reasons,
    reasons_replacing,
)
from suites.selftest.node_events import (
    clock,
    journal,
    line,
    node_sample,
    power,
    power_state,
    survey,
)
from suites.selftest.records import OBSERVERS, opened, record


@pytest.mark.parametrize("machine", ["alpha", "bravo", "arbiter"])
def test_the_journal_of_every_node_must_be_read(machine: str) -> None:
    assert reasons_replacing(of_journal(machine)) == [f"the journal of {machine} was not read"]


@pytest.mark.parametrize(
    ("since_s", "until_s", "lacks"),
    [
        (3, 97, []),
        (3.1, 97, ["from the beginning"]),
        (3, 96.9, ["to the end"]),
        (50, 60, ["from the beginning", "to the end"]),
    ],
)
def test_a_journal_is_read_from_settled_to_the_observers_end(
    since_s: float, until_s: float, lacks: list[str]
) -> None:
    """But for the three seconds that their observer may be blind."""
    assert reasons_replacing(of_journal("alpha"), journal("alpha", since_s, until_s)) == [
        f"the journal of alpha was not read {what}" for what in lacks
    ]


@pytest.mark.parametrize(
    ("since_s", "until_s", "lacks"),
    [(13, 87, []), (13.1, 87, ["from the beginning"]), (13, 86.9, ["to the end"])],
)
def test_a_journal_may_lack_what_is_before_settled_and_after_the_observers_end(
    since_s: float, until_s: float, lacks: list[str]
) -> None:
    borders = [opened(), Settled(at_s=10), ObservationEnds(at_s=90), Closed(at_s=END_S)]
    events = [e for e in RELIABLE if not of_journal("alpha")(e)]
    found = unreliable(Record([*borders, *events, journal("alpha", since_s, until_s)]))
    assert list(found) == [f"the journal of alpha was not read {what}" for what in lacks]


def without_journals() -> Opened:
    """A beginning to which the observer of the journals is unknown."""
    others = {name: watching for name, watching in OBSERVERS.items() if name != "journals"}
    return opened().model_copy(update={"observers": others})


def test_an_observer_that_promises_nothing_has_no_time_to_be_blind() -> None:
    events = [e for e in RELIABLE if not of_journal("alpha")(e)]
    whole = [without_journals(), *events, journal("alpha", 0, 100)]
    assert list(unreliable(Record(whole))) == []
    late = [without_journals(), *events, journal("alpha", 0.1, 99.9)]
    assert list(unreliable(Record([*late, Closed(at_s=END_S)]))) == [
        "the journal of alpha was not read from the beginning",
        "the journal of alpha was not read to the end",
    ]


def booted(at_s: float, boot: str = "second-boot-of-alpha") -> list[Event]:
    """Alpha was cut and is there again, in another boot."""
    return [
        *(power(20, "alpha"), power(30, "alpha", "started")),
        *(node_sample(at_s, "alpha", boot=boot), clock(at_s, "alpha", 0, boot=boot)),
    ]


def test_each_boot_is_read() -> None:
    two = [journal("alpha", 0, 20), journal("alpha", 31, END_S, boot="second-boot-of-alpha")]
    assert reasons_replacing(of_journal("alpha"), *booted(40), *two) == []


def test_a_boot_that_was_seen_and_not_read_is_named() -> None:
    seen = node_sample(5, "bravo", boot="other"), clock(5, "bravo", 0, boot="other")
    assert reasons(booted(40), seen) == [
        "the journal of alpha, boot second-b, was not read",
        "the journal of bravo, boot other, was not read",
    ]
    surveyed = [survey(50, "arbiter", boot="third"), clock(50, "arbiter", 0, boot="third")]
    assert reasons(surveyed) == ["the journal of arbiter, boot third, was not read"]


def test_boots_are_named_in_their_order() -> None:
    boots = [
        e for boot in "dcb" for e in (node_sample(5, "alpha", boot=boot), clock(5, "alpha", 0))
    ]
    clocks = [clock(5, "alpha", 0, boot=boot) for boot in "bcd"]
    assert reasons(boots, clocks) == [
        f"the journal of alpha, boot {boot}, was not read" for boot in "bcd"
    ]


def test_a_node_that_has_no_power_in_the_end_cannot_be_read() -> None:
    gone = [power_state(0, "alpha"), power(50, "alpha"), power_state(99, "alpha", on=False)]
    assert reasons_replacing(of_power_and_journal("alpha"), *gone) == []
    assert reasons_replacing(
        of_journal("alpha"), power(50, "alpha"), power(60, "alpha", "started")
    ) == ["the journal of alpha was not read"]


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("systemd-journald", "Suppressed 4312 messages from corosync.service"),
        ("systemd-journal", "Missed 17 kernel messages"),
        ("kernel", "Suppressed 3 messages"),
        ("rsyslogd", "file '/var/log/syslog': write error: No space left on device"),
        ("journal", "Failed to write entry (9 items, 283 bytes), ignoring: Cannot allocate memory"),
    ],
)
def test_a_journal_that_lost_lines_has_a_hole(who: str, text: str) -> None:
    assert reasons(line(50, "bravo", who, f"{text} ")) == [
        f"the journal of bravo has a hole at 50.0 s: {text}"
    ]


def test_one_hole_is_enough() -> None:
    lost = "Missed 17 kernel messages"
    assert reasons(*(line(at_s, "bravo", "systemd-journald", lost) for at_s in (50, 60))) == [
        "the journal of bravo has a hole at 50.0 s: Missed 17 kernel messages"
    ]


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("pacemaker-controld", "No space left on device"),
        ("systemd-journald", "Received SIGTERM from PID 1"),
        ("systemd-journald", "Journal of Suppressed 3 messages"),
    ],
)
def test_another_line_is_no_hole(who: str, text: str) -> None:
    assert reasons(line(50, "bravo", who, text)) == []


@pytest.mark.parametrize(("at_s", "counts"), [(9.9, 0), (10, 1)])
def test_what_was_lost_before_settled_does_not_count(at_s: float, counts: int) -> None:
    lost = line(at_s, "bravo", "systemd-journald", "Missed 17 kernel messages")
    beginning = [opened(), Settled(at_s=10)]
    assert len(list(unreliable(Record([*beginning, *RELIABLE, lost])))) == counts


def test_a_boot_is_known_by_looks_and_surveys() -> None:
    seen = record(node_sample(1, "alpha"), survey(2, "alpha", boot="2"), survey(2, "arbiter"))
    assert boots(seen) == {Life("alpha", "1"), Life("alpha", "2"), Life("arbiter", "1")}
