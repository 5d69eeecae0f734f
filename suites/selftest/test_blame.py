"""Is the cluster to blame, or this machine? By the error, and by what the timeline knows."""

import errno
from datetime import timedelta
from itertools import pairwise

import pytest

from harness.errors import Invalid, LabError
from harness.observe.blame import raise_if_ours, wait_while_observed
from harness.record.events import Failure
from harness.record.timeline import Timeline
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock

FULL = OSError(errno.EMFILE, "Too many open files")


def chain(*errors: BaseException, explicit: bool) -> BaseException:
    """The first error, raised for the second, that for the third."""
    for outer, inner in pairwise(errors):
        outer.__cause__, outer.__context__ = (inner, None) if explicit else (None, inner)
    return errors[0]


@pytest.mark.parametrize("explicit", [True, False])
def test_what_this_machine_lacks_is_found_below_what_a_client_makes_of_it(explicit: bool) -> None:
    error = chain(ValueError("client"), OSError("All attempts failed"), FULL, explicit=explicit)
    with pytest.raises(LabError, match="this machine cannot ask: Too many open files"):
        raise_if_ours(error)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
        OSError(errno.EHOSTUNREACH, "No route to host"),
        TimeoutError(),
        ValueError(),
    ],
)
def test_a_guest_that_does_not_answer_is_not_this_machines_lack(error: Exception) -> None:
    raise_if_ours(chain(RuntimeError(), error, explicit=True))


def wait(timeline: Timeline) -> int:
    return wait_while_observed(
        "it comes",
        lambda: 7,
        lambda seen: seen == 8,
        timeline=timeline,
        within=timedelta(seconds=5),
        every=timedelta(seconds=1),
    )


@pytest.mark.usefixtures("clock")
def test_what_does_not_come_while_it_is_observed_is_the_clusters_failure() -> None:
    with pytest.raises(Timeout, match="it comes; last seen: 7"):
        wait(Timeline())


def test_nothing_is_waited_for_when_an_observer_has_ended(clock: FakeClock) -> None:
    timeline, begin_s = Timeline(), clock.now_s
    clock.after(2, lambda: timeline.note(Failure(reason="icmp_probe ended: boom", blame="lab")))
    with pytest.raises(Invalid, match="no honest test: icmp_probe ended: boom"):
        wait(timeline)
    assert clock.now_s - begin_s == 2
