"""A machine slower than the one of the limits explains a missed limit, up to its slowness."""

from collections.abc import Iterable
from typing import Any

import pytest

from harness.judge.judgement import Verdict
from harness.judge.slowness import slowness, too_slow
from harness.judge.verdict import judge
from harness.record.events import Event, HostLoad, Opened, OutageObjective, PhaseObjective
from harness.record.timeline import Record
from suites.selftest.client_events import sample, write
from suites.selftest.doctored import at, boot_of, changed
from suites.selftest.failover import allowed
from suites.selftest.node_events import host_load, line
from suites.selftest.records import cut, opened, record, recovered

REFERENCE_NS = 300.0


def loads(*read_ns: float, from_s: int = 0) -> list[HostLoad]:
    """Return one load a second, each with the time of a read."""
    return [
        host_load(from_s + number).model_copy(update={"memory_ns": value})
        for number, value in enumerate(read_ns)
    ]


def of(*events: Event | Iterable[Event], reference_ns: float = REFERENCE_NS) -> Record:
    """Return a record whose limits were measured on a machine with that latency."""
    rest = record(*events).events[1:]
    return Record([opened().model_copy(update={"memory_ns": reference_ns}), *rest])


@pytest.mark.parametrize(
    ("read_ns", "expected"),
    [((600, 600, 660), 2.0), ((300, 330, 360), 1.1), ((150, 150, 150), 1.0), ((), 1.0)],
)
def test_it_is_the_median_latency_against_that_of_the_limits(
    read_ns: tuple[float, ...], expected: float
) -> None:
    assert slowness(of(loads(*read_ns))) == pytest.approx(expected)


def test_without_a_reference_no_machine_is_slow() -> None:
    assert slowness(of(loads(900, 900), reference_ns=0)) == 1.0


def test_only_the_time_from_the_fault_to_the_recovery_counts() -> None:
    before, within, after = loads(900, 900), loads(450, from_s=5), loads(900, 900, from_s=9)
    assert slowness(of(before, cut(4, "alpha"), within, recovered(8), after)) == 1.5


def outage(length_s: float, *, further: int = 0, further_s: float = 1) -> list[Event]:
    """Return the reads of web with an outage, and their objective."""
    times_s = [number / 10 for number in range(150)]
    reads = [sample(at_s, good=not 5 <= at_s < 5 + length_s, took_s=0) for at_s in times_s]
    objective = OutageObjective(
        at_s=0,
        name="power_cut.hit",
        guest="web",
        service="reads",
        longest_s=4,
        further=further,
        further_s=further_s,
    )
    return [objective, *reads]


@pytest.mark.parametrize(
    ("length_s", "read_ns", "explained"),
    [(5.5, 450, True), (6.5, 450, False), (5.5, 390, False), (5.5, 150, False), (3.0, 900, False)],
    ids=["as slow", "longer", "not as slow", "a quick machine", "nothing is missed"],
)
def test_a_missed_limit_proves_nothing_on_a_machine_that_is_as_slow(
    length_s: float, read_ns: float, explained: bool
) -> None:
    found = list(too_slow(of(outage(length_s), loads(read_ns))))
    assert bool(found) is explained
    if explained:
        assert found[0].startswith("this machine was 1.5 times slower than the one on which")


AGAIN = [sample(20, good=False), sample(21.5), sample(21.6)]
"""A second outage, of 1.5 s."""


@pytest.mark.parametrize(
    ("further", "further_s", "explained"),
    [(0, 1.0, False), (1, 0.0, False), (1, 1.0, True)],
    ids=["one too many", "no time for it", "too long"],
)
def test_a_second_outage_is_explained_if_only_its_length_is_missed(
    further: int, further_s: float, explained: bool
) -> None:
    twice = outage(5.5, further=further, further_s=further_s)
    assert bool(list(too_slow(of(twice, AGAIN, loads(9000))))) is explained


def slow_writes(took_s: float, read_ns: float) -> Record:
    """Return a record with three writes that took that time, where no outage is allowed."""
    slow = [write(3 * n, n, took_s=took_s if n in (3, 5, 7) else 0.1) for n in range(1, 10)]
    limits: dict[str, Any] = {"longest_s": 1.0, "further": 0, "further_s": 0}
    objective = OutageObjective(at_s=0, name="hit", guest="web", service="writes", **limits)
    return of(slow, objective, loads(read_ns))


@pytest.mark.parametrize(
    ("took_s", "read_ns", "explained"),
    [(1.9, 450, True), (1.9, 360, False), (2.3, 450, False)],
    ids=["as slow", "not as slow", "longer"],
)
def test_a_write_is_as_slow_as_the_machine(took_s: float, read_ns: float, explained: bool) -> None:
    """A write counts as failed from 1.5 s, so on a machine 1.5 times slower from 2.25 s."""
    assert bool(list(too_slow(slow_writes(took_s, read_ns)))) is explained


def real(*, read_ns: float, limit_s: float, also: tuple[Event, ...] = ()) -> Verdict:
    """Return the verdict on the record of a real power cut, with an outage of 27 s."""

    def change(event: Event) -> Event | None:
        if isinstance(event, Opened):
            return event.model_copy(update={"memory_ns": REFERENCE_NS})
        if isinstance(event, HostLoad):
            return event.model_copy(update={"memory_ns": read_ns})
        return event

    return judge(Record([*changed(change).events, allowed(limit_s), *also])).verdict


def test_the_verdict_on_an_explained_miss_is_invalid_and_never_pass() -> None:
    assert real(read_ns=300, limit_s=55) is Verdict.PASS
    assert real(read_ns=450, limit_s=55) is Verdict.PASS
    assert real(read_ns=450, limit_s=22) is Verdict.INVALID
    assert real(read_ns=300, limit_s=22) is Verdict.FAIL
    assert real(read_ns=450, limit_s=15) is Verdict.FAIL


def test_a_phase_is_explained_like_an_outage() -> None:
    """The membership took 6.5 s."""
    phase = PhaseObjective(
        at_s=at(-1), name="power_cut.hit", guest="web", ends_with="membership", longest_s=5
    )
    assert real(read_ns=450, limit_s=55, also=(phase,)) is Verdict.INVALID
    assert real(read_ns=300, limit_s=55, also=(phase,)) is Verdict.FAIL


def test_slowness_excuses_no_other_promise() -> None:
    oops = line(at(40), "bravo", "kernel", "Oops: 0002 [#1]", boot=boot_of("bravo"))
    assert real(read_ns=450, limit_s=22, also=(oops,)) is Verdict.FAIL
