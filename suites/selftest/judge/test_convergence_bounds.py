"""I7: which view is that of the beginning, and that each member that is gone is named."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.judge.invariants.convergence import copies_equal, view_restored
from harness.record.events import CopiesCompared, Event, Settled
from harness.record.status import Member, Pacemaker, Resource
from harness.record.timeline import Record
from suites.selftest.node_events import view
from suites.selftest.records import NODES, cut, opened, record, recovered

WELL = Member(online=True, unclean=False, pending=False, standby=False, maintenance=False)
GOOD = Pacemaker(dc="alpha", quorate=True, members=dict.fromkeys(NODES, WELL))
FEW = Pacemaker(dc="alpha", quorate=True, members={"alpha": WELL})
GONE = ["arbiter is no member", "bravo is no member"]


def seen(end: Pacemaker, *events: Event, settled_s: float = 0.0) -> list[str]:
    borders = [opened(), Settled(at_s=settled_s), recovered(200), view(201, end)]
    return list(view_restored(Record([*borders, *events])))


def test_every_member_that_is_gone_is_named() -> None:
    assert seen(FEW, view(1, GOOD)) == GONE


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([view(0, GOOD), view(1, FEW)], GONE),
        ([view(1, FEW), view(2, GOOD)], []),
        ([view(10, GOOD), cut(10, "alpha")], GONE),
        ([cut(10, "alpha"), view(10.5, GOOD)], []),
    ],
    ids=["as it settles", "not the first", "as the fault begins", "in the fault"],
)
def test_the_first_view_from_settled_to_the_fault_is_that_of_the_beginning(
    events: Sequence[Event], found: list[str]
) -> None:
    assert seen(FEW, *events) == found


def test_before_the_cluster_settled_the_last_view_is_that_of_the_beginning() -> None:
    views = [view(1, FEW), view(2, FEW), view(3, GOOD)]
    assert seen(FEW, *views, cut(20, "alpha"), settled_s=10) == GONE


def test_copies_that_were_compared_one_by_one_all_count() -> None:
    compared = [
        CopiesCompared(at_s=1, differ={"web": 7}),
        CopiesCompared(at_s=2, differ={"shop": None}),
    ]
    assert list(copies_equal(record(compared))) == ["web: its disk's copies differ at byte 7"]


def test_all_nodes_of_a_resource_are_named() -> None:
    ping = Resource("ping", "Started", ("alpha", "bravo"), failed=True, managed=True)
    ill = replace(GOOD, resources=(ping,))
    assert seen(ill, view(1, ill)) == ["ping on alpha, bravo is failed"]
