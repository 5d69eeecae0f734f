"""What clients saw, taken from a record: reads, connections, echoes, writes, reboots."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from harness.judge.measures.outage import Outage, connections, echoes, reads, reboots, writes
from harness.record.events import HttpSample, Settled, Write
from harness.record.timeline import Record
from suites.selftest.client_events import ping, sample, write
from suites.selftest.judge.client_requests import borders
from suites.selftest.records import cut, opened, record


def test_reads_are_those_of_the_guest_over_http_since_the_first_fault() -> None:
    mine = [sample(9), sample(10.5, good=False), sample(12)]
    others = [sample(11, guest="shop"), ping(11.5)]
    found = reads(record(cut(10, "alpha"), cut(11, "bravo"), mine, others), "web")
    assert borders(found) == [(9.01, 12.01, True)]
    assert [round(o.after_s, 2) for o in found if o.after_s is not None] == [-0.99]


@pytest.mark.parametrize(
    ("measure", "name"),
    [(reads, "web"), (connections, "web"), (echoes, "web"), (writes, "web.redis")],
    ids=["reads", "connections", "echoes", "writes"],
)
def test_what_failed_before_the_cluster_was_settled_is_no_outage(
    measure: Callable[[Record, str], list[Outage]], name: str
) -> None:
    failed, last_s = (2, 5, 8), 9
    moments = [(at_s, at_s not in failed) for at_s in range(1, last_s + 1)]
    asked = [
        make(float(at_s), good)
        for at_s, good in moments
        for make in (
            lambda at_s, good: sample(at_s, good=good),
            lambda at_s, good: ping(at_s, good=good),
            lambda at_s, good: write(at_s, int(at_s), good=good),
        )
    ]
    settled = Record([opened(), Settled(at_s=5), *asked])
    assert [(int(o.began_s), int(o.ended_s)) for o in measure(settled, name)] == [(5, 6), (7, 9)]


def test_without_a_fault_an_outage_is_after_nothing() -> None:
    found = reads(record(sample(9), sample(10, good=False), sample(12)), "web")
    assert [o.after_s for o in found] == [None]


def test_a_question_was_connected_when_a_connection_was_made_or_when_it_was_answered() -> None:
    silent = sample(2, good=False)
    taken = HttpSample.model_validate(silent.model_dump() | {"connected_s": 2.2})
    reused = HttpSample.model_validate(sample(3).model_dump() | {"connected_s": None})
    found = record(sample(1), taken, reused, sample(3.5), sample(4, good=False), sample(5))
    assert borders(connections(found, "web")) == [(3.51, 5.01, True)]
    assert borders(reads(found, "web")) == [(1.01, 3.01, True), (3.51, 5.01, True)]


def test_a_connection_at_the_very_first_moment_counts() -> None:
    early = HttpSample(at_s=0.0, guest="web", connected_s=0.0, answered_s=None)
    assert connections(record(early, sample(1)), "web") == []


def test_echoes_are_those_of_the_guest() -> None:
    mine = [ping(1), ping(2, good=False), ping(3)]
    found = record(mine, ping(2.5, guest="shop"), sample(2.2))
    assert borders(echoes(found, "web")) == [(1.0, 3.0, True)]


def test_a_write_that_failed_makes_an_outage_between_two_acknowledgements() -> None:
    mine = [write(1, 1), write(2, 2, good=False), write(3, 3), write(4, 4)]
    found = record(mine, write(2.5, 1, store="web.file"))
    assert borders(writes(found, "web.redis")) == [(1.1, 3.1, True)]
    assert writes(found, "web.redis")[0].resolution == timedelta(seconds=0.9)


@pytest.mark.parametrize(
    ("took_s", "expected"),
    [(1.5, []), (1.51, [(1.1, 3.51, True)]), (60.0, [(1.1, 62.0, True)])],
    ids=str,
)
def test_a_write_that_was_acknowledged_late_makes_an_outage_too(
    took_s: float, expected: list[tuple[float, float, bool]]
) -> None:
    found = record(write(1, 1), write(2, 2, took_s=took_s), write(63, 3), write(64, 4))
    assert borders(writes(found, "web.redis")) == expected


def test_a_first_write_that_was_acknowledged_late_counts_from_its_beginning() -> None:
    found = record(write(1, 1, took_s=4), write(6, 2))
    assert borders(writes(found, "web.redis")) == [(1.0, 5.0, True)]


def test_a_pause_between_good_writes_is_no_outage() -> None:
    assert writes(record(write(1, 1), write(9, 2)), "web.redis") == []


def test_writes_that_are_never_acknowledged_again_are_an_outage_to_the_last_one() -> None:
    failed = [write(number, number, good=False) for number in range(2, 9)]
    assert borders(writes(record(write(1, 1), failed), "web.redis")) == [(1.1, 8.0, False)]


def test_of_a_store_that_took_no_write_the_whole_time_is_an_outage() -> None:
    failed: list[Write] = [write(number, number, good=False) for number in range(1, 9)]
    assert borders(writes(record(failed), "web.redis")) == [(1.0, 8.0, False)]


def test_each_change_of_the_boot_id_is_a_reboot() -> None:
    answers = [sample(number, boot="g1") for number in (1, 2)]
    answers += [sample(5, boot="g2"), sample(6, boot="g2"), sample(9, boot="g3")]
    other = sample(3, guest="shop", boot="s1")
    found = reboots(record(answers, other, sample(3.5, good=False)), "web")
    assert [(round(at_s, 2), boot) for at_s, boot in found] == [(5.01, "g2"), (9.01, "g3")]


def test_an_outage_or_an_answer_without_a_boot_id_is_no_reboot() -> None:
    assert reboots(record(sample(1), sample(2, good=False), sample(3, boot="")), "web") == []
    assert reboots(record(sample(1), sample(2, boot=""), sample(3)), "web") == []
    assert reboots(record(), "web") == []


def test_boots_are_ordered_by_their_answers() -> None:
    late_answer_of_the_old_boot = sample(1, boot="g1", took_s=1)
    found = record(late_answer_of_the_old_boot, sample(1.5, boot="g1"), sample(1.9, boot="g2"))
    assert [boot for _, boot in reboots(found, "web")] == ["g2", "g1"]
