"""How long a client was without an answer, from nothing but its samples."""

from datetime import timedelta

import pytest

from harness.judge.measures.outage import Outage, Sample, outage_of_fault, outages_of
from suites.selftest.judge.client_requests import PERIOD_S, borders, only, requests


@pytest.mark.parametrize("samples", [[], requests(5)], ids=["no question", "all answered"])
def test_without_an_unanswered_question_there_is_no_outage(samples: list[Sample]) -> None:
    assert outages_of(samples) == []


def test_an_outage_lasts_from_the_last_answer_to_the_next() -> None:
    found = only(requests(10, silent=[(2.0, 4.0)]))
    assert (found.began_s, found.ended_s, found.over) == (1.93, 4.01, True)
    assert found.length == timedelta(seconds=2.08)


def test_one_unanswered_question_is_an_outage() -> None:
    assert only(requests(10, silent=[(2.0, 2.01)])).length == timedelta(seconds=0.16)


def test_all_outages_are_found_in_their_order() -> None:
    found = outages_of(requests(20, silent=[(2.0, 3.0), (8.0, 11.0), (15.0, 99.0)]))
    assert borders(found) == [(1.93, 3.05, True), (7.93, 11.05, True), (14.97, 19.92, False)]


def test_two_answers_end_an_outage() -> None:
    found = outages_of(requests(10, silent=[(2.0, 3.95), (4.1, 6.0)]))
    assert borders(found) == [(1.93, 4.01, True), (4.09, 6.01, True)]


@pytest.mark.parametrize(("last_s", "end"), [(6.0, (6.01, True)), (99.0, (9.92, False))])
def test_one_answer_between_two_failures_ends_no_outage(
    last_s: float, end: tuple[float, bool]
) -> None:
    found = only(requests(10, silent=[(2.0, 3.95), (4.05, last_s)]))
    assert borders([found]) == [(1.93, *end)]


def test_an_outage_at_the_beginning_counts_from_the_first_question() -> None:
    assert borders([only(requests(5, silent=[(0.0, 2.0)]))]) == [(0.0, 2.01, True)]


def test_an_outage_that_is_not_over_counts_to_the_last_question() -> None:
    samples = requests(5, silent=[(3.0, 9.0)])
    assert borders([only(samples)]) == [(2.97, samples[-1].sent_s, False)]


def test_a_guest_that_never_answers_is_out_for_the_whole_time() -> None:
    samples = requests(5, silent=[(0.0, 9.0)])
    assert borders([only(samples)]) == [(0.0, samples[-1].sent_s, False)]


def test_a_slow_answer_to_an_early_question_is_an_answer_too() -> None:
    slow = [Sample(1.98, 3.0), Sample(1.99, 3.01)]
    found = outages_of([*requests(10, silent=[(2.0, 4.0)]), *slow])
    assert borders(found) == [(1.93, 3.0, True), (3.01, 4.01, True)]


def test_a_late_answer_is_the_last_that_was_seen() -> None:
    samples = [Sample(0.0, 0.9), Sample(0.1, None), Sample(0.2, 0.3)]
    assert only(samples) == Outage(0.0, 0.3, timedelta(seconds=0.1))


def test_a_slow_answer_is_no_outage_of_reads() -> None:
    assert outages_of([Sample(0.0, 0.1), Sample(0.1, 9.0), Sample(9.0, 9.1)]) == []


def test_samples_may_come_in_any_order() -> None:
    samples = requests(10, silent=[(2.0, 4.0), (6.0, 7.0)])
    assert outages_of(samples[::-1]) == outages_of(samples)


def test_the_resolution_is_the_usual_time_between_two_questions() -> None:
    samples = [*requests(10, silent=[(2.0, 4.0)]), Sample(30.0, 30.01)]
    assert only(samples).resolution.total_seconds() == pytest.approx(PERIOD_S)


def test_the_resolution_is_that_of_the_questions_of_the_outage() -> None:
    sparse = [Sample(1.0 + number / 2, None) for number in range(8)]
    samples = [*requests(1), *sparse, *(Sample(5 + number / 10, 5.01) for number in range(40))]
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
    assert str(Outage(1.0, 3.5, timedelta(seconds=PERIOD_S), over=over)) == text


def test_an_outage_is_stored_in_milliseconds() -> None:
    found = Outage(1.00049, 3.5, timedelta(seconds=0.08051), over=False, after_s=0.10049)
    assert found.plain() == {
        "after_s": 0.1,
        "length_s": 2.5,
        "resolution_s": 0.081,
        "over": False,
    }
    assert Outage(1.0, 3.5, timedelta()).plain()["after_s"] is None


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
