"""Which life began in the test, and which losses of power explain it."""

import pytest

from harness.judge.invariants.boots import booted_in_test, first_signs
from harness.judge.invariants.power import only_intended_nodes_lose_power
from harness.record.events import Event, NodeSurvey, Settled
from harness.record.spans import Life
from harness.record.status import NodeStatus
from harness.record.timeline import Record
from suites.selftest.node_events import clock, node_sample, power, started
from suites.selftest.records import cut, opened, record


@pytest.mark.parametrize(
    ("started_s", "booted"), [(10, False), (11, True), (20, True), (21, False)]
)
def test_a_first_life_began_in_the_test_if_its_node_was_started_since_it_settled(
    started_s: float, booted: bool
) -> None:
    events = [
        opened(),
        Settled(at_s=10),
        power(started_s, "bravo", "started"),
        node_sample(20, "bravo"),
    ]
    assert booted_in_test(Record(events), Life("bravo", "1")) is booted


def test_each_node_that_no_fault_intended_is_named() -> None:
    lost = record(power(5, "alpha"), power(6, "arbiter"))
    assert len(list(only_intended_nodes_lose_power(lost))) == 2


def test_a_loss_of_power_explains_a_boot_that_is_seen_in_the_same_moment() -> None:
    lives = [node_sample(1, "bravo"), node_sample(50, "bravo", boot="2")]
    assert (
        list(only_intended_nodes_lose_power(record(lives, cut(40, "bravo"), power(50, "bravo"))))
        == []
    )


@pytest.mark.parametrize("sign", [started(7, "bravo"), clock(7, "bravo", 0.1)])
def test_every_kind_of_sign_shows_a_life(sign: Event) -> None:
    cut_short = NodeSurvey(at_s=5, node="bravo", status=NodeStatus("", {}, ()))
    assert first_signs(record(cut_short, sign)) == {Life("bravo", "1"): 7}
