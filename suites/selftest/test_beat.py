"""All observers ask in one beat."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observe.beat import BEAT, next_beat_s

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("since_s", "due_s"), [(0.0, 1.0), (0.4, 1.0), (1.0, 2.0), (41.999, 42.0), (42.0, 43.0)]
)
def test_a_beat_is_the_next_multiple_of_its_period(since_s: float, due_s: float) -> None:
    assert next_beat_s(since_s, SECOND) == due_s


@given(st.floats(0, 1e7), st.integers(1, 20))
def test_a_slower_beat_falls_together_with_a_quick_one(since_s: float, times: int) -> None:
    slow_s = next_beat_s(since_s, times * BEAT)
    assert slow_s > since_s
    beats = slow_s / BEAT.total_seconds()
    assert beats == pytest.approx(round(beats))


@given(st.integers(0, 10**8), st.sampled_from([BEAT, BEAT / 5, 4 * BEAT, 10 * BEAT]))
def test_one_beat_follows_another_by_a_period(number: int, period: timedelta) -> None:
    """Also where the quotient of a multiple and its period is a little less than a whole number."""
    beat_s = number * period.total_seconds()
    assert next_beat_s(beat_s, period) - beat_s == pytest.approx(period.total_seconds(), abs=1e-5)
