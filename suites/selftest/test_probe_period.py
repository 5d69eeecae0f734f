"""All observers send their requests at one period."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observe.probe_period import PROBE_PERIOD, next_due_s

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("since_s", "due_s"), [(0.0, 1.0), (0.4, 1.0), (1.0, 2.0), (41.999, 42.0), (42.0, 43.0)]
)
def test_the_due_time_is_the_next_multiple_of_the_period(since_s: float, due_s: float) -> None:
    assert next_due_s(since_s, SECOND) == due_s


@given(st.floats(0, 1e7), st.integers(1, 20))
def test_a_longer_period_is_due_together_with_a_short_one(since_s: float, times: int) -> None:
    slow_s = next_due_s(since_s, times * PROBE_PERIOD)
    assert slow_s > since_s
    periods = slow_s / PROBE_PERIOD.total_seconds()
    assert periods == pytest.approx(round(periods))


@given(
    st.integers(0, 10**8),
    st.sampled_from([PROBE_PERIOD, PROBE_PERIOD / 5, 4 * PROBE_PERIOD, 10 * PROBE_PERIOD]),
)
def test_one_due_time_follows_another_by_a_period(number: int, period: timedelta) -> None:
    """Also where the quotient of a multiple and its period is a little less than a whole number."""
    due_s = number * period.total_seconds()
    assert next_due_s(due_s, period) - due_s == pytest.approx(period.total_seconds(), abs=1e-5)
