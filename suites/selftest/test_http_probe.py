"""A client's view: what counts as an answer, and what is made of the answers."""

import asyncio
import socket
from datetime import timedelta

import httpx
import pytest

from harness.judge.measures.outage import Sample
from harness.judge.objectives import Count, Limit
from harness.observe import probe as module
from harness.observe.http_probe import Probe, Probes
from harness.plan import Plan
from harness.record.timeline import Timeline
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def web(plan: Plan, timeline: Timeline) -> Probe:
    return Probe(plan.guests["web"], timeline)


@pytest.fixture
def probes(plan: Plan, timeline: Timeline) -> Probes:
    return Probes([plan.guests["web"]], timeline)


def ask(probes: Probes, answer: object) -> Sample:
    """One question, and what the probe made of the answer."""

    def reply(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, BaseException):
            raise answer
        assert isinstance(answer, httpx.Response)
        return answer

    async def once() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(reply)) as client:
            await probes._ask(client, probes.of["web"])

    asyncio.run(once())
    [sample] = probes.of["web"].samples
    return sample


def test_the_guests_own_answer_counts(probes: Probes, timeline: Timeline) -> None:
    sample = ask(probes, httpx.Response(200, headers={"X-Guest": "web"}))
    assert sample.answered_s is not None
    assert sample.answered_s >= sample.sent_s
    [event] = timeline.events("sample")
    assert (event.at_s, event.detail["guest"], event.detail["problem"]) == (
        sample.sent_s,
        "web",
        None,
    )


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (httpx.Response(200, headers={"X-Guest": "shop"}), "answer 200 of Headers"),
        (httpx.Response(200), "answer 200 of Headers"),
        (httpx.Response(502, headers={"X-Guest": "web"}), "answer 502 of Headers"),
        (httpx.ConnectError("refused"), "ConnectError"),
        (httpx.ReadTimeout("slow"), "ReadTimeout"),
        (OSError("no route"), "OSError"),
    ],
    ids=["a stranger", "nobody", "an error", "refused", "too slow", "no route"],
)
def test_anything_else_is_no_answer_and_says_why(
    probes: Probes, timeline: Timeline, answer: object, problem: str
) -> None:
    assert ask(probes, answer).answered_s is None
    [event] = timeline.events("sample")
    assert event.detail["problem"].startswith(problem)


def test_a_connection_that_was_taken_is_noted_with_its_time(
    plan: Plan, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the real client, from a server on loopback that takes it and says nothing."""
    monkeypatch.setattr(module, "PATIENCE", timedelta(milliseconds=200))
    with socket.create_server(("127.77.2.21", 0)) as server:
        address = f"127.77.2.21:{server.getsockname()[1]}"
        guest = plan.guests["web"].model_copy(update={"address": address})
        probes = Probes([guest], timeline)

        async def once() -> None:
            async with httpx.AsyncClient() as client:
                await probes._ask(client, probes.of["web"])

        asyncio.run(once())
    [event] = timeline.events("sample")
    assert event.detail["problem"] in ("TimeoutError", "ReadTimeout")
    assert event.at_s < event.detail["connected_s"] < event.at_s + 0.2


def away(probe: Probe) -> None:
    for sent, answered in ((0.0, 0.01), (0.08, None), (0.16, 0.17)):
        probe.add(Sample(sent, answered))


def test_an_outage_of_the_samples_is_told(web: Probe) -> None:
    assert web.outage is None
    away(web)
    assert str(web.outage) == "0.16 s (± 0.08 s)"


def test_an_objective_is_noted_for_the_judge(web: Probe, timeline: Timeline) -> None:
    web.keeps(Limit(name="power_cut.recovery_time", at_most=timedelta(seconds=0.1)))
    web.keeps(Count(name="power_cut.lost_writes", at_most=2))
    away, lost = timeline.events()
    assert {(e.source, e.kind) for e in (away, lost)} == {("harness", "objective")}
    assert away.detail == {"name": "power_cut.recovery_time", "guest": "web", "limit_s": 0.1}
    assert lost.detail == {"name": "power_cut.lost_writes", "guest": "web", "limit_writes": 2}


@pytest.mark.parametrize(
    "sample", [Sample(999.0, 999.5), Sample(999.9, 1000.5), Sample(1000.0, None)]
)
def test_only_an_answer_to_a_later_question_ends_the_wait(
    web: Probe, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, sample: Sample
) -> None:
    monkeypatch.setattr(module, "time", clock)
    web.add(sample)
    with pytest.raises(Timeout, match="web answers over HTTP"):
        web.wait_until_answered(within=timedelta(seconds=5))
    clock.after(1, lambda: web.add(Sample(clock.now_s, clock.now_s + 0.1)))
    web.wait_until_answered(within=timedelta(seconds=5))


def test_watching_lasts_until_a_question_was_asked_behind_its_end(
    web: Probe, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "time", clock)
    begin = clock.now_s
    clock.after(12, lambda: web.add(Sample(clock.now_s, None)))
    web.watch(timedelta(seconds=10))
    assert clock.now_s - begin == 12


def test_the_probe_asks_again_and_again_until_it_is_stopped(
    probes: Probes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PERIOD", timedelta())

    async def asked(_: Probes, __: httpx.AsyncClient, probe: Probe) -> None:
        probe.add(Sample(0.0, None))
        if len(probe.samples) == 3:
            probes._end.set()

    monkeypatch.setattr(Probes, "_ask", asked)
    probes.start()
    probes._thread.join()
    probes.stop()
    probes.stop()
    assert len(probes.of["web"].samples) >= 3


def test_what_went_wrong_in_the_probe_is_raised_when_it_is_stopped(
    probes: Probes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Probes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Probes, "_ask_on", fail)
    probes.start()
    with pytest.raises(ZeroDivisionError):
        probes.stop()
