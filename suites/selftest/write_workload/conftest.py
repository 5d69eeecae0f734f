"""Fixtures for a workload on two stores of web."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from harness.observe import write_workload as module
from harness.observe.write_workload import WriteWorkload
from harness.plan.plan import Plan
from harness.record.timeline import Timeline
from suites.selftest.write_workload.store import RUN, FakeStore


@pytest.fixture
def redis() -> FakeStore:
    return FakeStore("web.redis")


@pytest.fixture
def file() -> FakeStore:
    return FakeStore("web.file")


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def workload(
    plan: Plan,
    redis: FakeStore,
    file: FakeStore,
    timeline: Timeline,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[WriteWorkload]:
    """The workload of one guest, with short periods."""
    monkeypatch.setattr(module, "stores_of", lambda _: [redis, file])
    monkeypatch.setattr(module, "SHORTEST_PERIOD", timedelta(milliseconds=2))
    monkeypatch.setattr(module, "RETRY", timedelta(milliseconds=5))
    period = timedelta(milliseconds=10)
    workload = WriteWorkload([plan.guests["web"]], timeline, run=RUN, period=period)
    yield workload
    workload.stop()
