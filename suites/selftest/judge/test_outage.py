"""How long a client was without an answer, from nothing but its samples."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest

from harness.judge.measures.outage import (
    Outage,
    Sample,
    connections,
    echoes,
    outage_of_fault,
    outages_of,
    reads,
    reboots,
    writes,
)
from harness.record.events import HttpSample, Settled, Write
from harness.record.timeline import Record
from suites.selftest.records import cut, opened, ping, record, sample, write

STEP = 0.08


def asked(length_s: float, *, silent: Iterable[tuple[float, float]] = ()) -> list[Sample]:
    """Questions at 12.5 Hz, each answered in 10 ms, but for those of the silent times."""
    holes = list(silent)
    sent = [round(number * STEP, 2) for number in range(int(length_s / STEP))]
    return [
        Sample(at, None if any(begin <= at < end for begin, end in holes) else round(at + 0.01, 2))
        for at in sent
    ]


def only(samples: list[Sample]) -> Outage:
    found = outages_of(samples)
    assert len(found) == 1
    return found[0]


def borders(outages: Iterable[Outage]) -> list[tuple[float, float, bool]]:
    return [(round(o.began_s, 2), round(o.ended_s, 2), o.over) for o in outages]


@pytest.mark.parametrize("samples", [[], asked(5)], ids=["no question", "all answered"])
def test_without_an_unanswered_question_there_is_no_outage(samples: list[Sample]) -> None:
    assert outages_of(samples) == []


def test_an_outage_lasts_from_the_last_answer_to_the_next() -> None:
    found = only(asked(10, silent=[(2.0, 4.0)]))
    assert (found.began_s, found.ended_s, found.over) == (1.93, 4.01, True)
    assert found.length == timedelta(seconds=2.08)


def test_one_unanswered_question_is_an_outage() -> None:
    assert only(asked(10, silent=[(2.0, 2.01)])).length == timedelta(seconds=0.16)


def test_all_outages_are_found_in_their_order() -> None:
    found = outages_of(asked(20, silent=[(2.0, 3.0), (8.0, 11.0), (15.0, 99.0)]))
    assert borders(found) == [(1.93, 3.05, True), (7.93, 11.05, True), (14.97, 19.92, False)]


def test_two_outages_with_an_answer_between_them_are_not_one() -> None:
    found = outages_of(asked(10, silent=[(2.0, 3.95), (4.05, 6.0)]))
    assert borders(found) == [(1.93, 4.01, True), (4.01, 6.01, True)]


def test_an_outage_at_the_beginning_counts_from_the_first_question() -> None:
    assert borders([only(asked(5, silent=[(0.0, 2.0)]))]) == [(0.0, 2.01, True)]


def test_an_outage_that_is_not_over_counts_to_the_last_question() -> None:
    samples = asked(5, silent=[(3.0, 9.0)])
    assert borders([only(samples)]) == [(2.97, samples[-1].sent_s, False)]


def test_a_guest_that_never_answers_is_out_for_the_whole_time() -> None:
    samples = asked(5, silent=[(0.0, 9.0)])
    assert borders([only(samples)]) == [(0.0, samples[-1].sent_s, False)]


def test_a_slow_answer_to_an_early_question_ends_an_outage_too() -> None:
    found = outages_of([*asked(10, silent=[(2.0, 4.0)]), Sample(1.98, 3.0)])
    assert borders(found) == [(1.93, 3.0, True), (3.0, 4.01, True)]


def test_a_late_answer_is_the_last_that_was_seen() -> None:
    samples = [Sample(0.0, 0.9), Sample(0.1, None), Sample(0.2, 0.3)]
    assert only(samples) == Outage(0.0, 0.3, timedelta(seconds=0.1))


def test_a_slow_answer_is_no_outage_of_reads() -> None:
    assert outages_of([Sample(0.0, 0.1), Sample(0.1, 9.0), Sample(9.0, 9.1)]) == []


def test_samples_may_come_in_any_order() -> None:
    samples = asked(10, silent=[(2.0, 4.0), (6.0, 7.0)])
    assert outages_of(samples[::-1]) == outages_of(samples)


def test_the_resolution_is_the_usual_time_between_two_questions() -> None:
    samples = [*asked(10, silent=[(2.0, 4.0)]), Sample(30.0, 30.01)]
    assert only(samples).resolution.total_seconds() == pytest.approx(STEP)


def test_the_resolution_is_that_of_the_questions_of_the_outage() -> None:
    sparse = [Sample(1.0 + number / 2, None) for number in range(8)]
    samples = [*asked(1), *sparse, *(Sample(5 + number / 10, 5.01) for number in range(40))]
    assert only(samples).resolution == timedelta(seconds=0.5)


@pytest.mark.parametrize(
    ("second_s", "third_s", "resolution_s"), [(4, 9, 2.9), (6, 9, 4.9), (4, 6.5, 3.4)]
)
def test_the_resolution_of_a_writer_is_the_longest_idle_time_at_either_end(
    second_s: float, third_s: float, resolution_s: float
) -> None:
    """However long it paused amid the outage: the answer may have come only at its ends."""
    failed = [Sample(second_s, None, second_s + 0.5), Sample(third_s, None, third_s + 0.1)]
    found = only([Sample(1, 1.1, 1.1), *failed, Sample(10, 10.5, 10.5)])
    assert found.resolution.total_seconds() == pytest.approx(resolution_s)


def test_a_writer_that_was_never_idle_leaves_nothing_unresolved() -> None:
    samples = [Sample(1, 1.1, 5), Sample(2, None, 6), Sample(3, 3.1, 7)]
    assert only(samples).resolution == timedelta()


def test_a_write_that_waits_for_its_answer_leaves_but_the_time_before_it() -> None:
    samples = [Sample(1, 1.1, 1.1), Sample(2, None, 62), Sample(62.25, 62.5, 62.5)]
    assert only(samples).resolution == timedelta(seconds=0.9)


def test_the_resolution_of_a_writer_that_is_not_served_again_is_that_of_its_begin() -> None:
    found = only([Sample(1, 1.1, 1.1), Sample(3, None, 4), Sample(4.5, None, 6)])
    assert not found.over
    assert found.resolution == timedelta(seconds=1.9)


def test_a_question_at_the_moment_of_an_answer_counts_to_the_time_behind_it() -> None:
    answered = [Sample(0.4, 0.5), Sample(0.9, 1.0), Sample(1.05, 1.1)]
    assert borders([only([*answered, Sample(1.0, None)])]) == [(1.0, 1.1, True)]


def test_a_single_moment_has_no_length() -> None:
    assert outages_of([Sample(5.0, None)]) == []


@pytest.mark.parametrize(
    ("over", "text"), [(True, "2.50 s (± 0.08 s)"), (False, "2.50 s (± 0.08 s), and not over")]
)
def test_an_outage_reads_as_its_length(over: bool, text: str) -> None:
    assert str(Outage(1.0, 3.5, timedelta(seconds=STEP), over=over)) == text


def test_an_outage_is_stored_in_milliseconds() -> None:
    found = Outage(1.00049, 3.5, timedelta(seconds=0.08051), over=False, after_s=0.10049)
    assert found.plain() == {
        "after_s": 0.1,
        "length_s": 2.5,
        "resolution_s": 0.081,
        "over": False,
    }
    assert Outage(1.0, 3.5, timedelta()).plain()["after_s"] is None


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
    moments = [(1, True), (2, False), (4, True), (5, False), (6, True), (7, False), (8, True)]
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
    assert [(int(o.began_s), int(o.ended_s)) for o in measure(settled, name)] == [(5, 6), (6, 8)]


def test_without_a_fault_an_outage_is_after_nothing() -> None:
    found = reads(record(sample(9), sample(10, good=False), sample(12)), "web")
    assert [o.after_s for o in found] == [None]


def test_a_question_was_connected_when_a_connection_was_made_or_when_it_was_answered() -> None:
    silent = sample(2, good=False)
    taken = HttpSample.model_validate(silent.model_dump() | {"connected_s": 2.2})
    reused = HttpSample.model_validate(sample(3).model_dump() | {"connected_s": None})
    found = record(sample(1), taken, reused, sample(4, good=False), sample(5))
    assert borders(connections(found, "web")) == [(3.01, 5.01, True)]
    assert borders(reads(found, "web")) == [(1.01, 3.01, True), (3.01, 5.01, True)]


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


def out(began_s: float, ended_s: float) -> Outage:
    return Outage(began_s, ended_s, timedelta(seconds=0.1))


@pytest.mark.parametrize(
    ("outages", "expected"),
    [
        ([], None),
        ([out(2, 4)], None),
        ([out(2, 10)], None),
        ([out(2, 4), out(9.9, 16), out(17, 99)], out(9.9, 16)),
        ([out(11, 12), out(13, 99)], out(11, 12)),
        ([out(49.9, 90)], out(49.9, 90)),
        ([out(50, 90)], None),
    ],
    ids=[
        *("none", "before", "over at the fault", "not the longest", "begins later"),
        *("just before the next", "of the next fault"),
    ],
)
def test_the_outage_of_a_fault_is_the_first_that_ends_after_it(
    outages: list[Outage], expected: Outage | None
) -> None:
    assert outage_of_fault(outages, 10.0, 50.0) == expected


def test_without_a_next_fault_a_late_outage_belongs_to_the_first() -> None:
    assert outage_of_fault([out(500, 600)], 10.0) == out(500, 600)
