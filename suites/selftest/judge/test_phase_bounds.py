"""Phases at their bounds: what happens in the very moment of the fault belongs to its failover."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from harness.judge.measures.outage import Outage
from harness.judge.measures.phases import phases
from harness.record.events import Event
from suites.selftest.node_events import fenced, members, node_sample, node_samples, power, role
from suites.selftest.records import cut, record

CUT = [*node_samples(5, 9, "alpha", runs="web"), cut(10, "alpha"), power(10.25, "alpha")]
TAKEN = node_samples(18, 30, "bravo", runs="web", born_s=17)
OUTAGE = [Outage(9.5, 30, timedelta(seconds=1))]


def seen_s(*events: Event | Sequence[Event]) -> dict[str, float]:
    """When each moment was seen."""
    found = phases(record(*events), "web", OUTAGE)
    return {moment.what: moment.seen_s for phase in found for moment in (phase.begin, phase.end)}


@pytest.mark.parametrize(("at_s", "counts"), [(9.5, False), (10, True)])
def test_a_line_counts_from_the_moment_of_the_fault_on(at_s: float, counts: bool) -> None:
    later = [members(13, "bravo"), fenced(14, "alpha")]
    seen = seen_s(CUT, TAKEN, members(at_s, "bravo"), fenced(at_s, "alpha"), later)
    assert (seen["membership"], seen["fenced"]) == ((at_s, at_s) if counts else (13, 14))


def test_a_guest_that_begins_in_the_moment_of_the_fault_is_on_the_node_that_is_hit() -> None:
    begun = [*node_samples(11, 12, "alpha", runs="web", born_s=10), node_sample(9, "bravo")]
    assert "started" in seen_s(begun, cut(10, "alpha"), power(12.5, "alpha"), TAKEN)


@pytest.mark.parametrize(("at_s", "counts"), [(9.5, False), (10, True)])
def test_a_replica_may_be_promoted_in_the_moment_of_the_fault(at_s: float, counts: bool) -> None:
    seen = seen_s(CUT, role(at_s, "bravo", "Primary"), TAKEN)
    assert (seen.get("promoted") == at_s) is counts


def test_any_number_of_faults_may_follow_the_first_one() -> None:
    later = [cut(40, "bravo"), cut(50, "alpha"), cut(60, "arbiter")]
    assert seen_s(CUT, TAKEN, later) == seen_s(CUT, TAKEN)
