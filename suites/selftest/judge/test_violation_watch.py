"""The watch ends a test at a violation of the given invariants, and at no other."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from harness.errors import ClusterError
from harness.judge.violation_watch import ViolationWatch
from harness.record.timeline import Timeline
from suites.selftest.failover import good
from suites.selftest.judge.test_broken_promises import TWICE

SOON = timedelta(milliseconds=10)
LONG_S = 5.0


@pytest.fixture
def timeline() -> Iterator[Timeline]:
    """A record in which web runs twice, which violates I1."""
    timeline = Timeline()
    for event in good(*TWICE).events:
        timeline.note(event)
    yield timeline
    timeline.close()


def test_a_violation_ends_what_the_main_thread_does(timeline: Timeline) -> None:
    watch = ViolationWatch(timeline, ["I1"], period=SOON)
    watch.start()
    with pytest.raises(ClusterError, match="ended early: I1: web ran on alpha and bravo"):
        time.sleep(LONG_S)
    watch.stop()


def test_a_violation_of_another_invariant_does_not(timeline: Timeline) -> None:
    watch = ViolationWatch(timeline, ["I12"], period=SOON)
    watch.start()
    time.sleep(20 * SOON.total_seconds())
    watch.stop()


def test_after_its_end_it_raises_nothing(timeline: Timeline) -> None:
    watch = ViolationWatch(timeline, ["I1"], period=SOON)
    watch.stop()
    watch.start()
    time.sleep(20 * SOON.total_seconds())
