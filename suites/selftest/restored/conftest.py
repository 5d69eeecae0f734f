"""Fixtures for a lab that is down and has a checkpoint."""

from datetime import timedelta

import pytest

from fixtures import lab as module
from harness.lab.lab import Lab
from harness.lab.state import State
from harness.plan.plan import Plan
from suites.selftest.fake_lab import FakeHypervisor
from suites.selftest.fakes import FakeShell
from suites.selftest.restored.recording_lab import RecordingLab, Verified


@pytest.fixture
def living_cluster(
    plan: Plan, state: State, shell: FakeShell, hypervisor: FakeHypervisor
) -> RecordingLab:
    return RecordingLab(plan, state, shell, hypervisor)


@pytest.fixture
def verified(living_cluster: RecordingLab, monkeypatch: pytest.MonkeyPatch) -> Verified:
    """Set whether the verification of the cluster succeeds, or the error that it raises."""

    def set_health(error: Exception | None) -> None:
        def verify(_: Lab, *, within: timedelta | None = None) -> None:
            living_cluster.done.append("verify" if within is None else f"verify {within}")
            if error:
                raise error

        def verify_serving(_: Lab, __: timedelta) -> None:
            living_cluster.done.append("serving")
            if error:
                raise error

        monkeypatch.setattr(module, "verify", verify)
        monkeypatch.setattr(module, "verify_serving", verify_serving)

    return set_health
