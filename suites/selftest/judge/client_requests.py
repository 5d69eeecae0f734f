"""Requests of a client, and the outages that are found in them."""

from collections.abc import Iterable

from harness.judge.measures.outage import Outage, Sample, outages_of

PERIOD_S = 0.08


def requests(length_s: float, *, silent: Iterable[tuple[float, float]] = ()) -> list[Sample]:
    """Return requests at 12.5 Hz, each answered in 10 ms, except in the `silent` times."""
    outages = list(silent)
    sent = [round(number * PERIOD_S, 2) for number in range(int(length_s / PERIOD_S))]
    return [
        Sample(
            at, None if any(begin <= at < end for begin, end in outages) else round(at + 0.01, 2)
        )
        for at in sent
    ]


def only(samples: list[Sample]) -> Outage:
    found = outages_of(samples)
    assert len(found) == 1
    return found[0]


def borders(outages: Iterable[Outage]) -> list[tuple[float, float, bool]]:
    return [(round(o.began_s, 2), round(o.ended_s, 2), o.over) for o in outages]
