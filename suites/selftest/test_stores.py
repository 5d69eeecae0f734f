"""Both stores, with the real clients: what is acknowledged, what is refused, what is found."""

import errno
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import IPv4Address

import httpx
import pytest

from harness.errors import LabError
from harness.observe import line_connection as module
from harness.observe.line_connection import LineConnection, RefusedError
from harness.observe.stores import FileStore, RedisStore, Store, stores_of
from harness.plan.plan import GuestPlan, Plan
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
    monkeypatch.setattr("harness.observe.stores.READING", timedelta(seconds=1))
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


@pytest.fixture
def redis_store(web: GuestPlan) -> Iterator[RedisStore]:
    store = RedisStore(web)
    yield store
    store.close()


@pytest.fixture
def file_store(web: GuestPlan) -> Iterator[FileStore]:
    store = FileStore(web)
    yield store
    store.close()


def test_redis_keeps_entries_in_a_list(redis_store: RedisStore, redis: Redis) -> None:
    """What is sent is read by bytes, so an entry of two words is one."""
    assert [redis_store.push("r web.redis 1"), redis_store.push("2 ä")] == [1, 2]
    assert redis.lists == {b"ledger": [b"r web.redis 1", "2 ä".encode()]}
    assert redis_store.read() == ["r web.redis 1", "2 ä"]


@pytest.mark.parametrize(
    ("mood", "problem", "kept"),
    [
        ("silent", "TimeoutError", [b"1 a"]),
        ("breaks off", "ConnectionResetError", [b"1 a"]),
        ("refuses", "answered b'-OOM command not allowed", []),
    ],
)
def test_what_redis_did_not_confirm_is_refused_and_not_sent_again(
    redis_store: RedisStore, redis: Redis, mood: str, problem: str, kept: list[bytes]
) -> None:
    redis.mood = mood
    with pytest.raises(RefusedError, match=problem):
        redis_store.push("1 a")
    assert redis.lists.get(b"ledger", []) == kept
    redis.mood = "good"
    assert redis_store.push("2 b") == len(kept) + 1
    assert redis.lists[b"ledger"] == [*kept, b"2 b"]


def test_a_redis_that_does_not_hand_out_its_list_is_refused(
    redis_store: RedisStore, redis: Redis
) -> None:
    redis.mood = "silent"
    with pytest.raises(RefusedError, match="TimeoutError"):
        redis_store.read()


def test_the_file_store_answers_with_what_it_kept(file_store: FileStore, lines: Lines) -> None:
    for entry in ("1 a", "2 b"):
        file_store.push(entry)
    assert lines.lines == ["1 a", "2 b"]
    assert lines.clients == 1


@pytest.mark.parametrize(
    ("mood", "problem", "kept"),
    [
        ("silent", "TimeoutError", ["1 a"]),
        ("breaks off", "ConnectionResetError", ["1 a"]),
        ("refuses", "answered b'no room", []),
        ("says more", "answered b'1 a", ["1 a"]),
    ],
)
def test_what_the_file_store_did_not_confirm_is_refused_and_not_sent_again(
    file_store: FileStore, lines: Lines, mood: str, problem: str, kept: list[str]
) -> None:
    lines.mood = mood
    with pytest.raises(RefusedError, match=problem):
        file_store.push("1 a")
    assert lines.lines == kept
    lines.mood = "good"
    file_store.push("2 b")
    assert lines.lines == [*kept, "2 b"]
    assert lines.clients == 2  # what comes late over the first belongs to the first entry


def test_patience_is_for_the_whole_answer_not_for_each_piece(
    file_store: FileStore, lines: Lines
) -> None:
    """The whole answer would take 1 s, each piece 0.05 s, patience is 0.2 s."""
    lines.mood = "dribbles"
    begin_s = time.monotonic()
    with pytest.raises(RefusedError, match="TimeoutError"):
        file_store.push("x" * 20)
    assert 0.2 <= time.monotonic() - begin_s < 0.5


def test_a_connection_attempt_has_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel drops the SYN for a listener whose queue is full, as a dead guest does."""
    monkeypatch.setattr(module, "CONNECTING", timedelta(milliseconds=100))
    with socket.create_server((ADDRESS, 0), backlog=0) as server:
        port = server.getsockname()[1]
        with socket.create_connection((ADDRESS, port)):
            begin_s = time.monotonic()
            with pytest.raises(RefusedError, match="TimeoutError"):
                LineConnection(ADDRESS, port).ask(b"1\n", re.compile(b"1\n"))
            assert 0.1 <= time.monotonic() - begin_s < 1


def test_the_file_is_read_over_http(web: GuestPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(url: str, *, timeout: float) -> httpx.Response:
        assert timeout == 1
        asked.append(url)
        return httpx.Response(200, text="1 a\n2 b\n", request=httpx.Request("GET", url))

    monkeypatch.setattr(httpx, "get", answer)
    assert FileStore(web).read() == ["1 a", "2 b"]
    assert asked == [f"http://{ADDRESS}/records"]


def test_a_page_that_is_an_error_is_no_list_of_entries(
    web: GuestPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = httpx.Response(404, text="Not Found", request=httpx.Request("GET", "http://web"))
    monkeypatch.setattr(httpx, "get", lambda *_, **__: error)
    with pytest.raises(RefusedError, match="HTTPStatusError"):
        FileStore(web).read()


@pytest.mark.parametrize(
    ("kind", "problem"), [(RedisStore, "ConnectionError"), (FileStore, "Conn")]
)
def test_stores_that_are_not_there_refuse(
    web: GuestPlan, kind: type[RedisStore] | type[FileStore], problem: str
) -> None:
    store: Store = kind(web)
    with pytest.raises(RefusedError, match=problem):
        store.read()
    with pytest.raises(RefusedError, match="ConnectionRefusedError"):
        store.push("1 a")


@pytest.mark.parametrize("kind", [RedisStore, FileStore])
def test_a_machine_that_has_no_file_left_does_not_blame_the_store(
    web: GuestPlan, kind: type[RedisStore] | type[FileStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    def failed(*_: object, **__: object) -> None:
        raise httpx.ConnectError("All connection attempts failed") from OSError(errno.EMFILE, "?")

    store: Store = kind(web)
    monkeypatch.setattr(socket, "socket", full)
    monkeypatch.setattr(httpx, "get", failed)
    with pytest.raises(LabError, match="this machine cannot ask: Too many open files"):
        store.push("1 a")
    with pytest.raises(LabError, match="this machine cannot ask"):
        store.read()
