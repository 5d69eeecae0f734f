"""The balloon of a machine takes its unused memory, and gives it back."""

from datetime import timedelta
from typing import Any

import pytest

from harness.lab import hypervisor as module
from harness.lab.hypervisor import Hypervisor
from harness.waiting import Timeout

libvirt = pytest.importorskip("libvirt")


@pytest.fixture
def goals(hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The memory that the running machine alpha was given, in KiB."""
    given: list[int] = []
    set_memory = libvirt.virDomain.setMemoryFlags

    def noted(domain: Any, goal_kib: int, flags: int) -> None:
        given.append(goal_kib)
        set_memory(domain, goal_kib, flags)

    monkeypatch.setattr(libvirt.virDomain, "setMemoryFlags", noted)
    hypervisor.power_on("alpha")
    return given


def test_memory_goes_to_the_balloon_and_back(hypervisor: Hypervisor, goals: list[int]) -> None:
    hypervisor.reclaim({"alpha": 4096})
    assert goals == [4096, 8192]


def test_a_balloon_that_does_not_answer_is_an_error(
    hypervisor: Hypervisor, goals: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libvirt.virDomain, "setMemoryFlags", lambda *_: None)
    monkeypatch.setattr(module, "BALLOON", timedelta(0))
    with pytest.raises(Timeout, match="all machines have the memory that they were given"):
        hypervisor.reclaim({"alpha": 4096})
    assert not goals
