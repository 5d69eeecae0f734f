"""What the cluster broke fails; what an unfit lab can bring about as well tells nothing."""

from collections.abc import Callable

import pytest

from harness.judge.judgement import Verdict
from harness.judge.verdict import judge
from harness.record.events import CopiesCompared
from harness.record.timeline import Record
from suites.selftest.failover import END_S, allowed, good, held
from suites.selftest.judge.failovers import (
    OOPS,
    STORE,
    UNREAD,
    failure,
    of_store,
    unread,
    without_answers,
)
from suites.selftest.node_events import copies, host_load, node_sample, power, quorum, role, traces

LEFT = traces(END_S + 2, "bravo", "end", "tc: netem")
UNSURE: dict[str, tuple[Callable[[], Record], str]] = {
    "body": (lambda: good(failure("web is nowhere", "cluster")), "web is nowhere"),
    "objective": (lambda: good(allowed(10)), "power_cut.hit web reads: longest 12.1 s of 10 s"),
    "no end": (lambda: without_answers(57), "web reads: an outage of 3.05 s"),
    "unread": (lambda: good(unread(), drop=of_store), UNREAD),
    "no quorum": (lambda: good(quorum(22, "bravo", lost=True)), "I4: web began to run on bravo"),
    "power": (lambda: good(power(40, "arbiter"), power(41, "arbiter", "started")), "I6: arbiter"),
    "left": (lambda: good(LEFT), "I8: left behind on bravo: tc: netem"),
    "trouble": (lambda: good(OOPS), "I9: bravo: kernel: Oops: 0002"),
}
"""What an unfit lab can bring about as well."""
TWICE = [
    node_sample(at_s, "bravo", boot="x", runs="web", born_s=5, primary="") for at_s in (5, 6, 7)
]
PRIMARIES = [role(5, "bravo", "Primary"), role(7, "bravo", "Secondary")]
SURE: dict[str, tuple[Callable[[], Record], str]] = {
    "two copies": (lambda: good(*TWICE), "I1: web ran on alpha and bravo at 5.0 s"),
    "two primaries": (lambda: good(*PRIMARIES), "I2: web was primary on alpha and bravo"),
    "lost write": (lambda: good(held(STORE, without=3), drop=of_store), "I5: web.redis: lost 1 (3"),
    "unequal disks": (
        lambda: good(
            copies(END_S + 2, web=4096), drop=lambda event: isinstance(event, CopiesCompared)
        ),
        "I7: web: its disk's copies differ at byte 4096",
    ),
}
"""What no lab can bring about, however slow."""
BROKEN = UNSURE | SURE


@pytest.mark.parametrize("case", BROKEN)
def test_what_the_cluster_broke_fails(case: str) -> None:
    doctored, reason = BROKEN[case]
    judgement = judge(doctored())
    assert judgement.verdict is Verdict.FAIL
    assert any(text.startswith(reason) for text in judgement.broken), judgement.broken
    assert judgement.reasons[: len(judgement.broken)] == judgement.broken


@pytest.mark.parametrize("case", UNSURE)
def test_what_an_unfit_lab_can_bring_about_tells_nothing_of_the_cluster(case: str) -> None:
    doctored, reason = UNSURE[case]
    judgement = judge(Record([*doctored().events, failure("it does not bite", "lab")]))
    assert judgement.verdict is Verdict.INVALID
    assert judgement.reasons[0] == "it does not bite"
    assert any(text.startswith(reason) for text in judgement.reasons[1:]), judgement.reasons


@pytest.mark.parametrize("case", SURE)
def test_what_no_lab_can_bring_about_fails_in_any_lab_and_both_grounds_are_told(case: str) -> None:
    doctored, reason = SURE[case]
    starved = [host_load(at_s, strangers=0.9) for at_s in range(40, 50)]
    judgement = judge(Record([*doctored().events, failure("starved", "lab"), *starved]))
    assert judgement.verdict is Verdict.FAIL
    assert any(text.startswith(reason) for text in judgement.broken), judgement.broken
    assert judgement.unfit[0] == "starved"
    assert judgement.unfit[1].startswith("other processes took")
    assert judgement.reasons == (*judgement.broken, *judgement.unfit)


def test_grounds_are_told_in_one_order_the_tests_own_first() -> None:
    found = judge(good(OOPS, allowed(10), unread(), failure("no", "cluster"), drop=of_store)).broken
    starts = ["no", "power_cut.hit web reads", UNREAD, "I9: bravo"]
    assert [text[: len(start)] for text, start in zip(found, starts, strict=True)] == starts
