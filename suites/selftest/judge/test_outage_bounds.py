"""How sure the bounds of an outage are, where there is little to tell from."""

from datetime import timedelta

import pytest

from harness.judge.measures.outage import Sample, outages_of


def resolution_s(*samples: Sample, slowest: timedelta = timedelta.max) -> float:
    [outage] = outages_of(samples, slowest=slowest)
    return outage.resolution.total_seconds()


@pytest.mark.parametrize(
    ("asked_s", "resolution"),
    [((4, 8), 4), ((4, 8, 9), 1), ((4, 4.5), 0.5)],
    ids=["two questions", "three", "close"],
)
def test_the_questions_within_an_outage_tell_its_resolution(
    asked_s: tuple[float, ...], resolution: float
) -> None:
    before = [Sample(at_s, at_s) for at_s in (0.0, 1.0, 2.0, 3.0)]
    *bad, last = asked_s
    within = [*(Sample(at_s, None) for at_s in bad), Sample(last, last + 0.25)]
    assert resolution_s(*before[:3], Sample(3.0, 3.25), *within) == resolution


def test_one_question_within_an_outage_is_too_few_to_tell_its_resolution() -> None:
    late = Sample(0.0, 10.0)
    assert resolution_s(late, Sample(1.0, 2.0), Sample(3.0, None)) == 1.0


def test_one_question_in_all_tells_no_resolution() -> None:
    assert resolution_s(Sample(0.0, 5.0), slowest=timedelta(seconds=1)) == 0.0


def test_what_a_writer_did_before_its_last_good_write_does_not_count() -> None:
    idle = [Sample(0.0, 0.25, 0.25), Sample(5.0, 5.25, 5.25)]
    assert resolution_s(*idle, Sample(6.0, None, 7.0), Sample(7.5, 7.75, 7.75)) == 0.75
