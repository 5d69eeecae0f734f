"""What the observers report must hold together, and they must have been heard to the end."""

from collections.abc import Callable, Sequence

import pytest

from harness.judge.witnesses import boots, unreliable
from harness.record.events import (
    ClockReading,
    Closed,
    Event,
    JournalRead,
    ObservationEnds,
    Opened,
    PowerState,
    Settled,
)
from harness.record.spans import Life
from harness.record.timeline import Record
from suites.selftest.records import (
    OBSERVERS,
    blind,
    clock,
    journal,
    line,
    look,
    opened,
    power,
    power_state,
    record,
    started,
    survey,
    vouched,
)

END_S = 100.0
WHOLE = vouched(END_S)


def reasons(*events: Event | Sequence[Event]) -> list[str]:
    return list(unreliable(record(WHOLE, *events)))


def but(match: Callable[[Event], bool], *instead: Event) -> list[str]:
    """Of a whole record in which some events stand instead of others."""
    return list(unreliable(record([e for e in WHOLE if not match(e)], *instead)))


def test_accounts_that_are_whole_and_agree_can_be_relied_on() -> None:
    lives = [look(5, "alpha", runs="web"), survey(5, "arbiter")]
    agents = [started(0, "alpha"), started(0, "bravo")]
    assert reasons(lives, agents) == []


# Agents.


def test_an_agent_is_started_once_in_a_boot() -> None:
    other = [started(50, "alpha", boot="2"), started(50, "bravo"), clock(50, "alpha", 0, boot="2")]
    assert reasons(started(1, "alpha"), other) == []


def test_an_agent_that_was_started_again_is_named_with_its_number_of_starts() -> None:
    assert reasons(*(started(at_s, "alpha") for at_s in (1, 30, 60)), started(1, "bravo")) == [
        "node_agent on alpha was started 3 times in one boot"
    ]
    assert reasons(*(started(at_s, "bravo") for at_s in (1, 30))) == [
        "node_agent on bravo was started 2 times in one boot"
    ]


@pytest.mark.parametrize("stream", ["drbd", "libvirt"])
def test_a_stream_of_events_must_not_end(stream: str) -> None:
    assert reasons(blind(50, stream, "alpha")) == [f"{stream}: alpha: no answer"]


@pytest.mark.parametrize("observer", ["node_agent", "survey", "consoles"])
def test_a_gap_of_another_observer_is_left_to_its_coverage(observer: str) -> None:
    assert reasons(blind(50, observer, "alpha")) == []


@pytest.mark.parametrize(("at_s", "counts"), [(9, 0), (10, 1), (90, 1), (91, 0)])
def test_a_stream_may_end_before_settled_and_after_the_observers_end(
    at_s: float, counts: int
) -> None:
    borders = [opened(), Settled(at_s=10), ObservationEnds(at_s=90), Closed(at_s=END_S)]
    events = [e for e in WHOLE if not isinstance(e, JournalRead)]
    read = [journal(node, 0, 95) for node in ("alpha", "bravo", "arbiter")]
    ended = blind(at_s, "drbd", "alpha")
    found = list(unreliable(Record([*borders, *events, *read, ended])))
    assert found == ["drbd: alpha: no answer"] * counts


@pytest.mark.parametrize(("at_s", "counts"), [(18.9, 1), (19, 0), (25, 0), (30, 0), (30.1, 1)])
def test_a_stream_may_end_with_its_nodes_power(at_s: float, counts: int) -> None:
    """It may be a second early: the node's clock is off, or its processes ended first."""
    down = [power(20, "alpha"), power(30, "alpha", "started")]
    assert len(reasons(down, blind(at_s, "drbd", "alpha"))) == counts
    assert reasons(down, blind(25, "drbd", "bravo")) == ["drbd: bravo: no answer"]


# The agent against the survey.


def around(at_s: float, runs: str, *, node: str = "alpha", boot: str = "1") -> list[Event]:
    """Looks from one second before to one after."""
    return [look(at_s + off, node, runs=runs, boot=boot) for off in (-1, 0, 1)]


CONTRADICTION = "node_agent and survey contradict each other: {0} on {1} at {2} s"


def test_the_agent_sees_each_guest_of_which_the_survey_reports() -> None:
    assert reasons(around(50, "web"), survey(50, "alpha", "web")) == []
    assert reasons(around(50, "web"), survey(50, "alpha")) == [
        CONTRADICTION.format("web", "alpha", "50.0")
    ]
    assert reasons(around(50, ""), survey(50, "alpha", "shop")) == [
        CONTRADICTION.format("shop", "alpha", "50.0")
    ]


def test_one_contradiction_is_enough() -> None:
    more = [survey(50, "alpha", "shop"), survey(50.5, "alpha", "shop")]
    assert reasons(around(50, "web"), more) == [CONTRADICTION.format("web", "alpha", "50.0")]


def test_a_contradiction_is_found_after_surveys_that_agree() -> None:
    """And after one that nothing can be compared with."""
    surveys = [survey(20, "alpha"), survey(50, "alpha", "web"), survey(50.5, "alpha")]
    assert reasons(around(50, "web"), surveys) == [CONTRADICTION.format("web", "alpha", "50.5")]


def test_a_guest_that_comes_or_goes_in_those_seconds_is_no_contradiction() -> None:
    changing = [look(49, "alpha"), look(50, "alpha", runs="web"), look(51, "alpha", runs="web")]
    assert reasons(changing, survey(50, "alpha")) == []
    assert reasons(changing, survey(50, "alpha", "web")) == []


@pytest.mark.parametrize(("changed_s", "counts"), [(45, 0), (44.9, 1), (55, 0), (55.1, 1)], ids=str)
def test_looks_within_five_seconds_are_compared(changed_s: float, counts: int) -> None:
    """A look at which the guest was not there, at that moment, excuses the survey."""
    events = [*around(50, "web"), look(changed_s, "alpha")]
    assert len(reasons(events, survey(50, "alpha"))) == counts


@pytest.mark.parametrize(
    ("surveyed_s", "counts"), [(48.9, 0), (49, 1), (51, 1), (51.1, 0)], ids=str
)
def test_a_survey_is_compared_only_between_two_looks(surveyed_s: float, counts: int) -> None:
    assert len(reasons(around(50, "web"), survey(surveyed_s, "alpha"))) == counts


def test_a_survey_is_compared_with_its_own_nodes_own_boot() -> None:
    boot = [clock(40, "alpha", 0, boot="2"), journal("alpha", 40, END_S, boot="2")]
    assert reasons(around(50, "web"), survey(50, "bravo")) == []
    assert reasons(around(50, "web"), boot, survey(50, "alpha", boot="2")) == []
    assert reasons(around(50, "web", boot="2"), boot, survey(50, "alpha", boot="2")) == [
        CONTRADICTION.format("web", "alpha", "50.0")
    ]


def test_a_guest_that_is_not_in_the_plan_is_not_compared() -> None:
    assert reasons(around(50, "stray"), survey(50, "alpha")) == []


# Journals.


def of_journal(node: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, JournalRead) and event.node == node


def of_power(node: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, PowerState) and event.node == node


def of_power_and_journal(node: str) -> Callable[[Event], bool]:
    return lambda event: of_power(node)(event) or of_journal(node)(event)


@pytest.mark.parametrize("machine", ["alpha", "bravo", "arbiter"])
def test_the_journal_of_every_node_must_be_read(machine: str) -> None:
    assert but(of_journal(machine)) == [f"the journal of {machine} was not read"]


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
    assert but(of_journal("alpha"), journal("alpha", since_s, until_s)) == [
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
    events = [e for e in WHOLE if not of_journal("alpha")(e)]
    found = unreliable(Record([*borders, *events, journal("alpha", since_s, until_s)]))
    assert list(found) == [f"the journal of alpha was not read {what}" for what in lacks]


def without_journals() -> Opened:
    """A beginning to which the observer of the journals is unknown."""
    others = {name: watching for name, watching in OBSERVERS.items() if name != "journals"}
    return opened().model_copy(update={"observers": others})


def test_an_observer_that_promises_nothing_has_no_time_to_be_blind() -> None:
    events = [e for e in WHOLE if not of_journal("alpha")(e)]
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
        *(look(at_s, "alpha", boot=boot), clock(at_s, "alpha", 0, boot=boot)),
    ]


def test_each_boot_is_read() -> None:
    two = [journal("alpha", 0, 20), journal("alpha", 31, END_S, boot="second-boot-of-alpha")]
    assert but(of_journal("alpha"), *booted(40), *two) == []


def test_a_boot_that_was_seen_and_not_read_is_named() -> None:
    seen = look(5, "bravo", boot="other"), clock(5, "bravo", 0, boot="other")
    assert reasons(booted(40), seen) == [
        "the journal of alpha, boot second-b, was not read",
        "the journal of bravo, boot other, was not read",
    ]
    surveyed = [survey(50, "arbiter", boot="third"), clock(50, "arbiter", 0, boot="third")]
    assert reasons(surveyed) == ["the journal of arbiter, boot third, was not read"]


def test_boots_are_named_in_their_order() -> None:
    boots = [e for boot in "dcb" for e in (look(5, "alpha", boot=boot), clock(5, "alpha", 0))]
    clocks = [clock(5, "alpha", 0, boot=boot) for boot in "bcd"]
    assert reasons(boots, clocks) == [
        f"the journal of alpha, boot {boot}, was not read" for boot in "bcd"
    ]


def test_a_node_that_has_no_power_in_the_end_cannot_be_read() -> None:
    gone = [power_state(0, "alpha"), power(50, "alpha"), power_state(99, "alpha", on=False)]
    assert but(of_power_and_journal("alpha"), *gone) == []
    assert but(of_journal("alpha"), power(50, "alpha"), power(60, "alpha", "started")) == [
        "the journal of alpha was not read"
    ]


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
    assert len(list(unreliable(Record([*beginning, *WHOLE, lost])))) == counts


def test_a_boot_is_known_by_looks_and_surveys() -> None:
    seen = record(look(1, "alpha"), survey(2, "alpha", boot="2"), survey(2, "arbiter"))
    assert boots(seen) == {Life("alpha", "1"), Life("alpha", "2"), Life("arbiter", "1")}


# Clocks.


def of_clock(node: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, ClockReading) and event.node == node


def any_clock(event: Event) -> bool:
    return isinstance(event, ClockReading)


def readings(*offsets_s: float, unsure_s: float = 0.125) -> list[Event]:
    """Alpha's clock, read every ten seconds."""
    return [
        clock(10 * number, "alpha", unsure_s, offset_s=offset_s)
        for number, offset_s in enumerate(offsets_s)
    ]


@pytest.mark.parametrize("drift_s", [0.5, -0.5])
def test_readings_of_one_clock_may_differ_by_their_uncertainty_and_some_drift(
    drift_s: float,
) -> None:
    assert but(of_clock("alpha"), *readings(100, 100 + drift_s)) == []


@pytest.mark.parametrize("stepped_s", [0.5625, -0.5625])
def test_a_clock_that_differs_by_more_was_stepped(stepped_s: float) -> None:
    assert but(of_clock("alpha"), *readings(100, 100 + stepped_s)) == [
        "the clock of alpha was stepped by 0.6 s in the test"
    ]


def test_the_least_certain_reading_tells_how_far_readings_may_differ() -> None:
    unsure = [*readings(100), clock(10, "alpha", 1, offset_s=102.25)]
    assert but(of_clock("alpha"), *unsure) == []
    assert but(of_clock("alpha"), *unsure, clock(20, "alpha", 0, offset_s=99.75)) == [
        "the clock of alpha was stepped by 2.5 s in the test"
    ]


def test_any_two_readings_are_compared() -> None:
    """A clock that is stepped there and back, as one that drifts by ever so little."""
    assert but(of_clock("alpha"), *readings(100, 190, 100)) == [
        "the clock of alpha was stepped by 90.0 s in the test"
    ]
    assert but(of_clock("alpha"), *readings(100, 100.4, 100.8)) == [
        "the clock of alpha was stepped by 0.8 s in the test"
    ]


def test_a_clock_that_was_read_once_cannot_differ() -> None:
    assert but(of_clock("alpha"), *readings(100)) == []


def test_each_boot_has_a_clock_of_its_own() -> None:
    assert reasons(clock(50, "alpha", 0, boot="2", offset_s=90)) == []


def test_a_boot_whose_clock_was_not_read_is_named() -> None:
    seen = [look(50, "alpha", boot="unread-boot"), journal("alpha", 40, 100, boot="unread-boot")]
    assert reasons(seen) == ["the clock of alpha, boot unread-b, was not read"]
    two = [look(50, "bravo", boot=boot) for boot in "cb"]
    assert [r for r in reasons(two) if "clock" in r] == [
        f"the clock of bravo, boot {boot}, was not read" for boot in "bc"
    ]


HALT = [power(10, "alpha", "suspended"), power(20, "alpha", "resumed")]


def test_the_clock_of_a_suspended_node_stands_still() -> None:
    """Its offset shrinks by that time; a clock that did not stand still was stepped."""
    stilled = [clock(10, "alpha", 0, offset_s=100), clock(20, "alpha", 0, offset_s=90)]
    assert but(of_clock("alpha"), *HALT, *stilled) == []
    went_on = [clock(10, "alpha", 0, offset_s=100), clock(20, "alpha", 0, offset_s=100)]
    assert but(of_clock("alpha"), *HALT, *went_on) == [
        "the clock of alpha was stepped by 10.0 s in the test"
    ]


def test_each_suspension_between_two_readings_stills_the_clock() -> None:
    again = [power(30, "alpha", "suspended"), power(35, "alpha", "resumed")]
    stilled = [clock(5, "alpha", 0, offset_s=100), clock(40, "alpha", 0, offset_s=85)]
    assert but(of_clock("alpha"), *HALT, *again, *stilled) == []


@pytest.mark.parametrize(("one_s", "other_s"), [(0, 5), (11, 30), (25, 30), (5, 19)])
def test_a_suspension_before_or_after_both_readings_stills_nothing(
    one_s: float, other_s: float
) -> None:
    shrunk = [clock(one_s, "alpha", 0, offset_s=100), clock(other_s, "alpha", 0, offset_s=90)]
    assert but(of_clock("alpha"), *HALT, *shrunk) == [
        "the clock of alpha was stepped by 10.0 s in the test"
    ]


def test_the_suspension_of_one_node_stills_no_others_clock() -> None:
    shrunk = [clock(0, "bravo", 0, offset_s=100), clock(30, "bravo", 0, offset_s=90)]
    assert but(any_clock, *HALT, *shrunk) == [
        "the clock of bravo was stepped by 10.0 s in the test"
    ]


# Power.


@pytest.mark.parametrize("answers", [[], [power_state(0, "alpha")]], ids=["never", "once"])
def test_the_hypervisor_is_asked_at_both_ends(answers: list[Event]) -> None:
    assert but(of_power("alpha"), *answers) == [
        "the hypervisor was not asked for the power of alpha at both ends of the test"
    ]


def asked(*answers: tuple[float, bool]) -> list[Event]:
    return [power_state(at_s, "alpha", on=on) for at_s, on in answers]


DOWN = [power(20, "alpha"), power(30, "alpha", "started")]


def test_answers_that_agree_with_the_changes_are_believed() -> None:
    """At the moment of a change both answers are true."""
    moments = (10, True), (20, True), (20, False), (25, False), (30, True), (30, False), (40, True)
    assert but(of_power("alpha"), *DOWN, *asked(*moments)) == []


def test_a_loss_of_power_that_was_not_reported_is_named() -> None:
    lost = "alpha has no power, and no change of it was reported"
    assert but(of_power("alpha"), *asked((0, True), (100, False))) == [lost]
    assert but(of_power("alpha"), *DOWN, *asked((0, True), (31, False))) == [lost]
    assert but(of_power("alpha"), *DOWN, *asked((0, True), (10, False), (40, True))) == [lost]


def test_a_return_of_power_that_was_not_reported_is_named() -> None:
    back = "alpha has power, and no change of it was reported"
    assert but(
        of_power_and_journal("alpha"), power(20, "alpha"), *asked((0, True), (99, True))
    ) == [back]


def test_a_node_that_has_no_power_all_along_agrees_with_no_change() -> None:
    assert but(of_power_and_journal("alpha"), *asked((0, False), (99, False))) == []


def test_the_power_of_one_node_contradicts_no_other() -> None:
    assert but(of_power("alpha"), power(20, "bravo"), power(30, "bravo", "started")) == [
        "the hypervisor was not asked for the power of alpha at both ends of the test"
    ]
