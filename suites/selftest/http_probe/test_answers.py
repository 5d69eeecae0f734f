"""What counts as an answer, and what a sample says of anything else."""

import asyncio
import errno
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from harness.errors import LabError
from harness.observe import http_probe as module
from harness.observe.backoff import Backoff
from harness.observe.http_probe import GuestClient
from harness.plan.plan import GuestPlan, Plan
from harness.record.events import HttpSample
from harness.record.timeline import Timeline
from suites.selftest.http_probe.pages import BOOT, page

ADDRESS = "127.77.2.21"
"""Of this machine alone, as all of 127.0.0.0/8 is."""


def ask(web: GuestClient, answer: httpx.Response | BaseException) -> None:
    """One question with that answer."""

    def reply(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def once() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(reply)) as http:
            await module._ask(http, web, Backoff())

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
            await module._ask(http, web, Backoff())

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
                await module._ask(http, web, Backoff())

    with pytest.raises(LabError, match="cannot ask: Too many open files"):
        asyncio.run(once())
    assert timeline.of(HttpSample) == []
