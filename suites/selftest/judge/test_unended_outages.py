"""An outage that is not over fails a test, whatever an objective asks."""

from collections.abc import Iterable

import pytest

from harness.judge.objectives import unended
from harness.record.events import Event, IcmpSample
from suites.selftest.client_events import ping
from suites.selftest.judge.clients import http_samples, writes
from suites.selftest.records import record


def echoed(until_s: float, *silent: tuple[float, float]) -> Iterable[IcmpSample]:
    return [
        IcmpSample(at_s=s.at_s, guest="web", answered_s=s.answered_s)
        for s in http_samples(until_s, *silent)
    ]


@pytest.mark.parametrize(
    ("events", "service", "length"),
    [
        (http_samples(60, (50, 61)), "web reads", "10.10 s (± 0.10 s)"),
        (http_samples(60, (50, 61), guest="shop"), "shop reads", "10.10 s (± 0.10 s)"),
        (echoed(60, (50, 61)), "web echoes", "10.10 s (± 0.10 s)"),
        (writes(60, (50, 61), store="shop.file"), "shop.file writes", "10.90 s (± 0.90 s)"),
        (writes(60, (58, 61)), "web.redis writes", "2.90 s (± 0.90 s)"),
        (http_samples(60, (58.8, 61)), "web reads", "1.30 s (± 0.10 s)"),
    ],
    ids=["reads", "of a bystander", "echoes", "writes", "three writes", "just long enough"],
)
def test_a_service_that_does_not_answer_again_fails_whatever_an_objective_asks(
    events: list[Event], service: str, length: str
) -> None:
    assert list(unended(record(events))) == [f"{service}: an outage of {length}, and not over"]


@pytest.mark.parametrize(
    "events",
    [
        [],
        http_samples(60, (10, 50)),
        http_samples(60, (59, 61)),
        writes(60, (10, 50)),
        writes(60, (59, 61)),
        [ping(1), ping(1.5, good=False)],
    ],
    ids=["none", "over", "the last second", "writes again", "the last two writes", "the last echo"],
)
def test_an_outage_that_is_over_or_began_with_the_last_question_is_not_unended(
    events: list[Event],
) -> None:
    assert list(unended(record(events))) == []
