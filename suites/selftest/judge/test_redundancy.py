"""When a guest had two good replicas again, and the objective for that."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from harness.judge.measures.redundancy import redundant_again
from harness.judge.objectives import lines, missed, unmeasured
from harness.record.events import DrbdChange, Event, RedundancyObjective
from suites.selftest.node_events import node_samples, power, role
from suites.selftest.records import record, step

BOTH: list[Event | Iterable[Event]] = [node_samples(0, 100, "alpha"), node_samples(0, 100, "bravo")]


def disk(at_s: float, node: str, state: str, *, boot: str = "1", what: str = "") -> DrbdChange:
    """Return DRBD's event for a disk: this node's, or that of its peer."""
    of_peer = what == "peer"
    return DrbdChange(
        at_s=at_s,
        node=node,
        boot=boot,
        guest="web",
        change="change" if state else "destroy",
        what="peer-device" if of_peer else "device",
        states={"peer-disk" if of_peer else "disk": state} if state else {},
    )


def peer(at_s: float, node: str, state: str, *, boot: str = "1") -> DrbdChange:
    """Return DRBD's event for the disk of this node's peer."""
    return disk(at_s, node, state, boot=boot, what="peer")


CUT: list[Event | Iterable[Event]] = [
    node_samples(0, 10, "alpha"),
    node_samples(0, 100, "bravo"),
    power(10, "alpha"),
    peer(12, "bravo", "DUnknown"),
    peer(20, "bravo", "Outdated"),
    disk(60, "alpha", "Inconsistent", boot="2"),
    peer(60, "alpha", "UpToDate", boot="2"),
    peer(61, "bravo", "Inconsistent"),
    disk(75, "alpha", "UpToDate", boot="2"),
]


@pytest.mark.parametrize(
    ("events", "after_s"),
    [
        ([*BOTH], 0.0),
        (CUT, 45.0),
        ([*BOTH, role(5, "alpha", "Secondary")], 0.0),
        ([*BOTH, peer(12, "bravo", "DUnknown"), disk(13, "alpha", "Failed")], 70.0),
        ([*BOTH, disk(10, "alpha", ""), peer(11, "bravo", ""), peer(35, "bravo", "UpToDate")], 5.0),
        ([*BOTH, power(40, "alpha"), power(50, "bravo")], 70.0),
    ],
    ids=["healthy", "power cut", "other events", "never again", "destroyed", "blackout"],
)
def test_the_time_from_the_lift_to_two_good_replicas_is_measured(
    events: list[Event | Iterable[Event]], after_s: float
) -> None:
    found = redundant_again(record(*events, step(30, "lifted")), "web")
    assert found == timedelta(seconds=after_s)


def test_the_replicas_of_another_guest_do_not_count() -> None:
    assert redundant_again(record(*CUT, step(30, "lifted")), "shop") == timedelta()


@pytest.mark.parametrize(
    ("limit_s", "shown"),
    [(45, "45.0 s of 45 s"), (44.9, "45.0 s of 44.9 s: missed")],
)
def test_the_time_to_redundancy_has_a_limit(limit_s: float, shown: str) -> None:
    seen = record(*CUT, step(30, "lifted"), objective(limit_s))
    assert lines(seen) == [f"power_cut.hit web redundant again: {shown}"]
    assert bool([*missed(seen)]) is ("missed" in shown)


def test_a_redundancy_that_nobody_saw_is_not_measured() -> None:
    seen = record(objective(60))
    expected = "power_cut.hit web redundant again: not seen: not measured"
    assert [*unmeasured(seen)] == [expected]


def objective(after_s: float) -> RedundancyObjective:
    """Return the objective for web."""
    return RedundancyObjective(at_s=0, name="power_cut.hit", guest="web", longest_s=after_s)
