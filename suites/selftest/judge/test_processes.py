"""A guest's process ends with the first sign that shows it gone, and with none before it."""

from harness.judge.invariants.processes import processes
from harness.record.events import Event
from suites.selftest.node_events import node_sample, node_samples
from suites.selftest.records import record

SEEN = node_samples(5, 9, "alpha", runs="web")


def ended_s(*events: Event) -> float | None:
    [process] = processes(record(SEEN, events), "web")
    return process.ended_s


def test_a_process_ends_with_the_first_look_without_it() -> None:
    assert ended_s(node_sample(10, "alpha"), node_sample(11, "alpha")) == 10
    assert ended_s(node_sample(10, "alpha"), node_sample(10.5, "alpha", boot="2")) == 10


def test_a_process_ends_with_the_first_sign_of_the_next_life() -> None:
    assert ended_s(node_sample(20, "alpha", boot="2"), node_sample(30, "alpha", boot="3")) == 20


def test_a_life_that_was_there_before_or_at_its_last_look_ends_no_process() -> None:
    assert ended_s(node_sample(1, "alpha", boot="0")) is None
    assert ended_s(node_sample(9, "alpha", boot="2")) is None


def test_a_process_is_there_from_its_birth_until_it_is_known_to_be_gone() -> None:
    born = node_samples(5, 9, "alpha", runs="web", born_s=5)
    [process] = processes(record(born, node_sample(10, "alpha")), "web")
    assert [process.alive_at(at_s) for at_s in (4.5, 5, 9.5, 10)] == [False, True, True, False]
    [process] = processes(record(born), "web")
    assert process.alive_at(999)
