"""The backoff: no request to a guest that answers is held back, most to one that does not are."""

from contextlib import AbstractContextManager, ExitStack
from itertools import pairwise

import pytest

from harness.observe.backoff import Backoff


def sent_at(backoff: Backoff, ticks: int, *, lifetime: int) -> list[int]:
    """Return the ticks with a request, each of which is open for `lifetime` ticks."""
    requests: list[tuple[int, AbstractContextManager[None]]] = []
    sent: list[int] = []
    with ExitStack() as left:
        for tick in range(ticks):
            while requests and requests[0][0] == tick:
                requests.pop(0)[1].__exit__(None, None, None)
            if backoff.due():
                sent.append(tick)
                request = backoff.request()
                request.__enter__()
                requests.append((tick + lifetime, request))
        for _, still in requests:
            left.push(still)
    return sent


@pytest.mark.parametrize("lifetime", [1, 2])
def test_a_guest_that_answers_gets_a_request_at_each_tick(lifetime: int) -> None:
    assert sent_at(Backoff(), 50, lifetime=lifetime) == list(range(50))


def test_a_silent_guest_gets_four_requests_a_second_at_even_intervals() -> None:
    """A request that is not answered is open for ten ticks, which are a second."""
    sent = sent_at(Backoff(), 100, lifetime=10)
    assert {later - earlier for earlier, later in pairwise(sent[5:])} <= {2, 3}
    assert 35 <= len(sent) <= 42


def test_a_guest_that_answers_again_gets_all_requests_again() -> None:
    backoff = Backoff()
    sent_at(backoff, 100, lifetime=10)
    assert sent_at(backoff, 10, lifetime=1)[-8:] == list(range(2, 10))
