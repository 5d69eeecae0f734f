"""The probe asks all guests from its start until it is stopped."""

import asyncio
import errno
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest

from harness.errors import Invalid
from harness.observe import http_probe as module
from harness.observe.http_probe import HttpProbe
from harness.plan.plan import Plan
from harness.record.events import Failure, HttpHeld, HttpSample
from harness.record.timeline import Timeline
from harness.waiting import Timeout
from suites.selftest.http_probe.pages import REAL_CLIENT, page

Serve = Callable[[Callable[[str], httpx.Response]], None]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Let the guests answer so, by their address, to a probe that hardly waits."""

    def by(answer: Callable[[str], httpx.Response]) -> None:
        transport = httpx.MockTransport(lambda request: answer(request.url.host))
        client = lambda **_: REAL_CLIENT(transport=transport)  # noqa: E731
        monkeypatch.setattr(httpx, "AsyncClient", client)

    monkeypatch.setattr(module, "PROBE_PERIOD", timedelta(milliseconds=5))
    return by


@pytest.fixture
def probe(plan: Plan, timeline: Timeline) -> Iterator[HttpProbe]:
    probe = HttpProbe(plan.guests.values(), timeline, patience=timedelta(seconds=5))
    yield probe
    probe.stop()


def test_the_probe_starts_when_each_guest_has_answered_and_asks_until_it_is_stopped(
    plan: Plan, probe: HttpProbe, timeline: Timeline, serve: Serve
) -> None:
    names = {str(guest.address): guest.name for guest in plan.guests.values()}
    late = iter([page("shop", code=502)] * 5)

    def answer(host: str) -> httpx.Response:
        return next(late, page("shop")) if names[host] == "shop" else page(names[host])

    serve(answer)
    probe.start()
    answered = {e.guest for e in timeline.of(HttpSample) if e.answered_s}
    assert answered == set(names.values()) == set(probe.of)
    probe.before_fault()
    probe.of["shop"].wait_while_asking(timedelta(milliseconds=50))
    probe.stop()
    probe.stop()
    count = len(timeline.of(HttpSample))
    probe.collect()
    assert len(timeline.of(HttpSample)) == count > 20
    assert not timeline.knows(Failure)


def test_requests_to_a_guest_that_stalls_are_held_back(
    plan: Plan, probe: HttpProbe, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {str(guest.address): guest.name for guest in plan.guests.values()}
    stalls: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        while names[request.url.host] in stalls:
            await asyncio.sleep(0.001)
        return page(names[request.url.host])

    client = lambda **_: REAL_CLIENT(transport=httpx.MockTransport(answer))  # noqa: E731
    monkeypatch.setattr(httpx, "AsyncClient", client)
    monkeypatch.setattr(module, "PROBE_PERIOD", timedelta(milliseconds=5))
    probe.start()
    stalls.append("web")
    probe.of["shop"].wait_while_asking(timedelta(milliseconds=100))
    held = [event.guest for event in timeline.of(HttpHeld)]
    assert held.count("web") > 5
    assert held.count("shop") < held.count("web") / 2
    stalls.clear()
    probe.of["web"].wait_until_answered()


@pytest.mark.usefixtures("clock")
def test_a_guest_that_does_not_answer_keeps_the_test_from_its_start(
    probe: HttpProbe, serve: Serve
) -> None:
    serve(lambda _: page(code=503))
    with pytest.raises(Timeout, match="web answers over HTTP; last seen: no answer so far"):
        probe.start()


def test_a_probe_that_dies_is_on_record_and_nobody_waits_for_its_answers(
    probe: HttpProbe, timeline: Timeline, serve: Serve
) -> None:
    def broken(_: str) -> httpx.Response:
        raise OSError(errno.EMFILE, "Too many open files")

    serve(broken)
    reason = "http_probe ended: LabError: this machine cannot ask: Too many open files"
    with pytest.raises(Invalid, match=reason):
        probe.start()
    [failure] = timeline.of(Failure)
    assert (failure.blame, failure.reason) == ("lab", reason)
    probe.stop()


def test_a_probe_that_was_never_started_can_be_stopped(
    probe: HttpProbe, timeline: Timeline
) -> None:
    probe.stop()
    assert timeline.of(HttpSample) == []
