"""Fixtures for the client of a guest."""

from datetime import timedelta

import pytest

from harness.observe.http_probe import GuestClient
from harness.plan.plan import Plan
from harness.record.timeline import Timeline


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def web(plan: Plan, timeline: Timeline) -> GuestClient:
    return GuestClient(plan.guests["web"], timeline, patience=timedelta(seconds=5))
