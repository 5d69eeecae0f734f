"""A client's view: what counts as an answer, and what is made of the answers."""

import asyncio
import errno
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from harness.errors import Invalid, LabError
from harness.observe import http_probe as module
from harness.observe.http_probe import GuestClient, HttpProbe
from harness.plan.plan import GuestPlan, Plan
from harness.record.events import Event, Failure, HttpSample, LossObjective, OutageObjective
from harness.record.timeline import Timeline
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock

BOOT = "0b3f1a2e-5f0c-4a51-9f2f-3f1c7a2d9e11"
ADDRESS = "127.77.2.21"
"""Of this machine alone, as all of 127.0.0.0/8 is."""
REAL_CLIENT = httpx.AsyncClient


def page(guest: str = "web", *, code: int = 200, text: str | None = None) -> httpx.Response:
    """As the guest's nginx has it (fixtures/images/guest/overlay/sbin/init)."""
    text = f"guest={guest}\nboot={BOOT}\n" if text is None else text
    return httpx.Response(code, headers={"X-Guest": guest}, text=text)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def web(plan: Plan, timeline: Timeline) -> GuestClient:
    return GuestClient(plan.guests["web"], timeline, patience=timedelta(seconds=5))


def ask(web: GuestClient, answer: httpx.Response | BaseException) -> None:
    """One question with that answer."""

    def reply(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def once() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(reply)) as http:
            await module._ask(http, web)

    asyncio.run(once())


def test_the_guests_own_answer_counts_and_carries_its_boot(
    web: GuestClient, timeline: Timeline
) -> None:
    ask(web, page())
    [sample] = timeline.of(HttpSample)
    assert sample.answered_s is not None
    assert sample.at_s <= sample.answered_s
    assert (sample.guest, sample.boot, sample.problem) == ("web", BOOT, None)
    assert sample.connected_s is None


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (page("shop"), "answer 200 of shop"),
        (httpx.Response(200, text=f"guest=web\nboot={BOOT}\n"), "answer 200 of nobody"),
        (page(code=502), "answer 502 of web"),
        (page(text="guest=web\n"), "a page without a boot id"),
        (page(text="guest=web\nboot=\n"), "a page without a boot id"),
        (httpx.ConnectError("refused"), "ConnectError"),
        (httpx.ReadTimeout("slow"), "ReadTimeout"),
        (OSError(errno.EHOSTUNREACH, "no route"), "OSError"),
    ],
    ids=[
        *("a stranger", "nobody", "an error", "another page", "no boot"),
        *("refused", "too slow", "no route"),
    ],
)
def test_anything_else_is_no_answer_and_the_sample_has_the_reason(
    web: GuestClient, timeline: Timeline, answer: httpx.Response | BaseException, problem: str
) -> None:
    ask(web, answer)
    [sample] = timeline.of(HttpSample)
    assert (sample.answered_s, sample.boot, sample.problem) == (None, "", problem)


def at(guest: GuestPlan, server: socket.socket) -> GuestPlan:
    return guest.model_copy(update={"address": f"{ADDRESS}:{server.getsockname()[1]}"})


def test_a_connection_that_was_taken_is_noted_with_its_time(
    plan: Plan, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the real client, from a server on loopback that takes it and says nothing."""
    monkeypatch.setattr(module, "PATIENCE", timedelta(milliseconds=200))

    async def once(web: GuestClient) -> None:
        async with httpx.AsyncClient() as http:
            await module._ask(http, web)

    with socket.create_server((ADDRESS, 0)) as server:
        client = GuestClient(at(plan.guests["web"], server), timeline, patience=timedelta())
        asyncio.run(once(client))
    [sample] = timeline.of(HttpSample)
    assert sample.problem in ("TimeoutError", "ReadTimeout")
    assert sample.connected_s is not None
    assert sample.at_s < sample.connected_s < sample.at_s + 0.2


@contextmanager
def no_more_files() -> Iterator[None]:
    """This process may open no file, and so no socket."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_probe_that_runs_out_of_files_does_not_blame_the_guest(
    web: GuestClient, timeline: Timeline
) -> None:
    """By the real client, whose error names no file."""

    async def once() -> None:
        async with httpx.AsyncClient() as http:
            with no_more_files():
                await module._ask(http, web)

    with pytest.raises(LabError, match="cannot ask: Too many open files"):
        asyncio.run(once())
    assert timeline.of(HttpSample) == []


class Recovery:
    """An objective that is two events."""

    def events_for(self, guest: str) -> list[Event]:
        return [
            OutageObjective(
                name="power_cut",
                guest=guest,
                service="reads",
                longest_s=40.0,
                further=0,
                further_s=0.0,
            ),
            LossObjective(name="power_cut", guest=guest, most=0),
        ]


class NoLoss:
    def events_for(self, guest: str) -> list[Event]:
        return [LossObjective(name="isolation", guest=guest, most=0)]


def test_what_is_required_of_a_guest_is_noted_for_the_judge(
    web: GuestClient, timeline: Timeline
) -> None:
    web.require(Recovery(), NoLoss())
    [outage] = timeline.of(OutageObjective)
    assert (outage.guest, outage.longest_s) == ("web", 40.0)
    losses = timeline.of(LossObjective)
    assert [(e.name, e.guest) for e in losses] == [("power_cut", "web"), ("isolation", "web")]


def sample(at_s: float, answered_s: float | None, problem: str = "ReadTimeout") -> HttpSample:
    return HttpSample(
        at_s=at_s,
        guest="web",
        connected_s=None,
        answered_s=answered_s,
        problem=None if answered_s else problem,
    )


@pytest.fixture
def now(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """It is 1000 s."""
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.mark.parametrize(
    "early", [sample(999.0, 999.5), sample(999.9, 1000.5), sample(1000.0, None)]
)
def test_only_an_answer_to_a_later_question_ends_the_wait(
    web: GuestClient, now: FakeClock, early: HttpSample
) -> None:
    web.note(early)
    with pytest.raises(Timeout, match="web answers over HTTP"):
        web.wait_until_answered()
    begin_s = now.now_s
    now.after(1, lambda: web.note(sample(now.now_s, now.now_s + 0.1)))
    web.wait_until_answered()
    assert 1 <= now.now_s - begin_s < 1.2


def test_a_slow_answer_to_an_earlier_question_hides_no_later_one(
    web: GuestClient, now: FakeClock
) -> None:
    now.after(1, lambda: web.note(sample(1000.6, 1000.7)))
    now.after(2, lambda: web.note(sample(999.5, 1001.0)))
    now.sleep(3)
    assert web.was_answered(since_s=1000.6)
    assert not web.was_answered(since_s=1000.7)


@pytest.mark.usefixtures("now")
def test_the_error_has_the_last_answer_and_the_last_problem(web: GuestClient) -> None:
    web.note(sample(990.0, 990.5))
    web.note(sample(999.0, None, "ConnectTimeout"))
    web.note(sample(998.0, None, "ReadTimeout"))
    last = r"last seen: no answer since 990\.5 s, for 14\.\d s; last problem: ConnectTimeout$"
    with pytest.raises(Timeout, match=last):
        web.wait_until_answered()


@pytest.mark.usefixtures("now")
def test_the_error_of_a_guest_that_never_answered_has_no_moment(web: GuestClient) -> None:
    with pytest.raises(Timeout, match=r"no answer so far; last problem: none$"):
        web.wait_until_answered()
    web.note(sample(999.0, None))
    with pytest.raises(Timeout, match=r"no answer so far; last problem: ReadTimeout$"):
        web.wait_until_answered()


def test_asking_lasts_until_a_question_was_asked_after_its_end(
    web: GuestClient, now: FakeClock
) -> None:
    now.after(9, lambda: web.note(sample(now.now_s, now.now_s)))
    now.after(12, lambda: web.note(sample(now.now_s, None)))
    web.wait_while_asking(timedelta(seconds=10))
    assert 12 <= now.now_s - 1000 < 12.2


@pytest.mark.usefixtures("now")
def test_a_client_that_asks_no_more_makes_the_test_invalid(web: GuestClient) -> None:
    with pytest.raises(Invalid, match="no honest test: not in 20 s: web is asked for 0:00:10"):
        web.wait_while_asking(timedelta(seconds=10))


Serve = Callable[[Callable[[str], httpx.Response]], None]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Let the guests answer so, by their address, to a probe that hardly waits."""

    def by(answer: Callable[[str], httpx.Response]) -> None:
        transport = httpx.MockTransport(lambda request: answer(request.url.host))
        client = lambda **_: REAL_CLIENT(transport=transport)  # noqa: E731
        monkeypatch.setattr(httpx, "AsyncClient", client)

    monkeypatch.setattr(module, "BEAT", timedelta(milliseconds=5))
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
