"""Both stores, with the real clients: what is acknowledged, what is refused, what is found."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import IPv4Address

import httpx
import pytest

from harness.observe import stores as module
from harness.observe.stores import FileStore, RedisStore, RefusedError, stores_of
from harness.plan import GuestPlan, Plan
from suites.selftest.stores import Lines, Redis

ADDRESS = "127.77.2.21"
"""Of this machine alone, as all of 127.0.0.0/8 is."""


@contextmanager
def serving(server: Redis | Lines) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture
def web(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> GuestPlan:
    """A guest whose stores are on loopback; its clients are impatient."""
    monkeypatch.setattr(module, "PATIENCE", timedelta(milliseconds=200))
    return plan.guests["web"].model_copy(update={"address": IPv4Address(ADDRESS)})


@pytest.fixture
def redis() -> Iterator[Redis]:
    with Redis(ADDRESS) as server, serving(server):
        yield server


@pytest.fixture
def lines() -> Iterator[Lines]:
    with Lines(ADDRESS) as server, serving(server):
        yield server


def test_a_guest_has_two_stores(web: GuestPlan) -> None:
    both = stores_of(web)
    assert [store.name for store in both] == ["web.redis", "web.file"]
    for store in both:
        store.close()


def test_redis_keeps_records_in_a_list(web: GuestPlan, redis: Redis) -> None:
    store = RedisStore(web)
    assert [store.push("1:a"), store.push("2:b")] == [1, 2]
    assert redis.lists == {b"ledger": [b"1:a", b"2:b"]}
    assert store.read() == ["1:a", "2:b"]


@pytest.mark.parametrize(
    ("mood", "problem", "kept"),
    [
        ("silent", "TimeoutError", [b"1:a"]),
        ("breaks off", "ConnectionError", [b"1:a"]),
        ("refuses", "OutOfMemoryError", []),
    ],
)
def test_what_redis_did_not_confirm_is_refused_and_not_sent_again(
    web: GuestPlan, redis: Redis, mood: str, problem: str, kept: list[bytes]
) -> None:
    redis.mood = mood
    with pytest.raises(RefusedError, match=problem):
        RedisStore(web).push("1:a")
    assert redis.lists.get(b"ledger", []) == kept


def test_the_file_store_says_back_what_it_kept(web: GuestPlan, lines: Lines) -> None:
    store = FileStore(web)
    assert [store.push("1:a"), store.push("2:b")] == [None, None]
    assert lines.lines == ["1:a", "2:b"]
    store.close()


@pytest.mark.parametrize(
    ("mood", "problem", "kept"),
    [
        ("silent", "TimeoutError", ["1:a"]),
        ("breaks off", "ConnectionResetError", ["1:a"]),
        ("refuses", "ConnectionResetError", []),
    ],
)
def test_what_the_file_store_did_not_confirm_is_refused_and_not_sent_again(
    web: GuestPlan, lines: Lines, mood: str, problem: str, kept: list[str]
) -> None:
    lines.mood = mood
    store = FileStore(web)
    with pytest.raises(RefusedError, match=problem):
        store.push("1:a")
    assert lines.lines == kept
    lines.mood = "good"
    store.push("2:b")
    assert lines.lines == [*kept, "2:b"]
    store.close()


def test_the_file_is_read_over_http(web: GuestPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(url: str, *, timeout: float) -> httpx.Response:
        assert timeout == 0.2
        asked.append(url)
        return httpx.Response(200, text="1:a\n2:b\n", request=httpx.Request("GET", url))

    monkeypatch.setattr(httpx, "get", answer)
    assert FileStore(web).read() == ["1:a", "2:b"]
    assert asked == [f"http://{ADDRESS}/records"]


def test_stores_that_are_not_there_refuse(web: GuestPlan) -> None:
    for store, problem in ((RedisStore(web), "ConnectionError"), (FileStore(web), "Connect")):
        with pytest.raises(RefusedError, match=problem):
            store.read()
    for store in (RedisStore(web), FileStore(web)):
        with pytest.raises(RefusedError, match="Connection"):
            store.push("1:a")
