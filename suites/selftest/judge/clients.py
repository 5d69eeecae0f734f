"""Events of clients of a guest that does not answer for some time."""

from harness.record.events import HttpSample, Write
from suites.selftest.client_events import sample, write


def http_samples(
    until_s: float, *silent: tuple[float, float], guest: str = "web"
) -> list[HttpSample]:
    """Return HTTP requests at 10 Hz, answered except in the `silent` times."""
    moments = [number / 10 for number in range(int(until_s * 10) + 1)]
    good = {at: not any(begin <= at < end for begin, end in silent) for at in moments}
    return [sample(at, good=good[at], guest=guest, took_s=0.0) for at in moments]


def writes(until_s: float, *silent: tuple[float, float], store: str = "web.redis") -> list[Write]:
    """Return one write a second, acknowledged except in the `silent` times."""
    good = {n: not any(begin <= n < end for begin, end in silent) for n in range(int(until_s) + 1)}
    return [write(n, n + 1, good=good[n], store=store, took_s=0.1) for n in good]
