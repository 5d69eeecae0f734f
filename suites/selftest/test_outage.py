"""How long a client was without an answer, from nothing but its samples."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from harness.judge.measures.outage import Outage, Sample, connections_of, longest_outage, too_sparse
from suites.selftest.records import sample

STEP = 0.08


def asked(length_s: float, *, silent: Iterable[tuple[float, float]] = ()) -> list[Sample]:
    """Questions at 12.5 Hz, each answered in 10 ms, but for those of the silent times."""
    holes = list(silent)
    sent = [round(number * STEP, 2) for number in range(int(length_s / STEP))]
    return [
        Sample(at, None if any(begin <= at < end for begin, end in holes) else round(at + 0.01, 2))
        for at in sent
    ]


def longest(samples: list[Sample]) -> Outage:
    found = longest_outage(samples)
    assert found is not None
    return found


@pytest.mark.parametrize("samples", [[], asked(5)], ids=["no question", "all answered"])
def test_without_an_unanswered_question_there_is_no_outage(samples: list[Sample]) -> None:
    assert longest_outage(samples) is None


def test_an_outage_lasts_from_the_last_answer_to_the_next() -> None:
    found = longest(asked(10, silent=[(2.0, 4.0)]))
    assert (found.began_s, found.ended_s, found.over) == (1.93, 4.01, True)
    assert found.length == timedelta(seconds=2.08)


def test_one_unanswered_question_is_an_outage() -> None:
    assert longest(asked(10, silent=[(2.0, 2.01)])).length == timedelta(seconds=0.16)


def test_the_longest_of_several_outages_is_told() -> None:
    found = longest(asked(20, silent=[(2.0, 3.0), (8.0, 11.0), (15.0, 15.5)]))
    assert (found.began_s, found.ended_s) == (7.93, 11.05)


def test_two_outages_with_an_answer_between_them_are_not_one() -> None:
    found = longest(asked(10, silent=[(2.0, 3.95), (4.05, 6.0)]))
    assert found.length < timedelta(seconds=2.2)


def test_an_outage_at_the_beginning_counts_from_the_first_question() -> None:
    found = longest(asked(5, silent=[(0.0, 2.0)]))
    assert (found.began_s, found.ended_s, found.over) == (0.0, 2.01, True)


def test_an_outage_that_is_not_over_counts_to_the_last_question() -> None:
    samples = asked(5, silent=[(3.0, 9.0)])
    found = longest(samples)
    assert (found.began_s, found.ended_s, found.over) == (2.97, samples[-1].sent_s, False)


def test_a_guest_that_never_answers_is_out_for_the_whole_time() -> None:
    samples = asked(5, silent=[(0.0, 9.0)])
    found = longest(samples)
    assert (found.began_s, found.ended_s, found.over) == (0.0, samples[-1].sent_s, False)


def test_a_slow_answer_to_an_early_question_ends_an_outage_too() -> None:
    early = Sample(1.98, 3.0)
    found = longest([*asked(10, silent=[(2.0, 4.0)]), early])
    assert (found.began_s, found.ended_s) == (1.93, 3.0)


def test_a_late_answer_is_the_last_that_was_seen() -> None:
    samples = [Sample(0.0, 0.9), Sample(0.1, None), Sample(0.2, 0.3)]
    assert longest(samples) == Outage(0.0, 0.3, timedelta(seconds=0.1))


def test_samples_may_come_in_any_order() -> None:
    samples = asked(10, silent=[(2.0, 4.0)])
    assert longest_outage(samples[::-1]) == longest_outage(samples)


def test_the_resolution_is_the_usual_time_between_two_questions() -> None:
    samples = [*asked(10, silent=[(2.0, 4.0)]), Sample(30.0, 30.01)]
    assert longest(samples).resolution == timedelta(seconds=STEP)


@pytest.mark.parametrize(
    ("over", "text"), [(True, "2.50 s (± 0.08 s)"), (False, "2.50 s (± 0.08 s), and not over")]
)
def test_an_outage_reads_as_its_length(over: bool, text: str) -> None:
    assert str(Outage(1.0, 3.5, timedelta(seconds=STEP), over=over)) == text


def test_a_question_at_the_moment_of_an_answer_counts_to_the_time_behind_it() -> None:
    answered = [Sample(0.4, 0.5), Sample(0.9, 1.0), Sample(1.05, 1.1)]
    found = longest([*answered, Sample(1.0, None)])
    assert (found.began_s, found.ended_s) == (1.0, 1.1)


def test_a_single_moment_has_no_length() -> None:
    assert longest_outage([Sample(5.0, None)]) is None


def every_50_ms(begin_s: float, count: int) -> list[Sample]:
    return [Sample(begin_s + number / 20, None) for number in range(count)]


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        ([], "the probe has 0 samples"),
        ([Sample(1000.0, None)], "the probe has 1 samples"),
        (
            [Sample(1000 + number / 5, None) for number in range(50)],
            "the probe asked 5.0 times a second, 10 are needed",
        ),
        ([*every_50_ms(0, 100), *every_50_ms(6.25, 100)], "the probe did not ask for 1.3 s"),
    ],
    ids=["nothing", "one sample", "sparse", "hole"],
)
def test_samples_that_bear_no_verdict_are_told_apart(samples: list[Sample], reason: str) -> None:
    assert too_sparse(samples) == reason


def test_a_hole_of_a_second_is_still_borne() -> None:
    assert too_sparse([*every_50_ms(0, 101), *every_50_ms(6, 100)]) is None


@pytest.mark.parametrize("silent", [[], [(0.0, 9.0)]], ids=["answered", "unanswered"])
def test_a_dense_probe_bears_a_verdict_whatever_it_is_told(
    silent: list[tuple[float, float]],
) -> None:
    assert too_sparse(asked(5, silent=silent)) is None


def test_two_questions_are_enough_to_tell_a_rate() -> None:
    assert too_sparse([Sample(0.0, None), Sample(0.1, None)]) is None


def test_ten_questions_a_second_are_enough() -> None:
    assert too_sparse([Sample(1000 + n / 10, None) for n in range(11)]) is None


def test_a_question_has_a_connection_when_one_was_made_or_when_it_was_answered() -> None:
    over_a_kept_one = sample(1.0)
    taken_and_silent, refused = sample(2.0, good=False), sample(3.0, good=False)
    taken_and_silent.detail["connected_s"] = 2.2
    others = sample(4.0, guest="shop")
    refused.detail["connected_s"] = None
    seen = connections_of([over_a_kept_one, taken_and_silent, refused, others], "web")
    assert seen == [Sample(1.0, 1.01), Sample(2.0, 2.2), Sample(3.0, None)]
