"""Fixtures for a lab whose parts only record their calls."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.lab import accel
from harness.lab import lab as module
from harness.lab.images import image
from harness.lab.images.image import Image
from harness.lab.lab import Lab
from harness.lab.state import State
from harness.plan.plan import Acceleration, Plan
from suites.selftest.lab.parts import noting, parts


@pytest.fixture
def done() -> list[str]:
    """The recorded calls, in order."""
    return []


@pytest.fixture
def lab(
    state: State, plan: Plan, tmp_path: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> Lab:
    """A lab whose parts only record their calls."""
    images = Image(tmp_path / "node-1"), Image(tmp_path / "guest-1")
    monkeypatch.setattr(module, "require_root", noting(done, "root?"))
    monkeypatch.setattr(module, "check_memory", noting(done, "memory?"))
    monkeypatch.setattr(module, "make_keys", noting(done, "keys"))
    monkeypatch.setattr(image, "both", noting(done, "images", images))
    monkeypatch.setattr(accel, "choose", noting(done, "accel", Acceleration.TCG))
    monkeypatch.setattr(module, "start_fence_device", noting(done, "fence device"))
    lab = Lab(plan, state, wanted_accel="auto")
    monkeypatch.setattr(module, "discard_all", noting(done, "checkpoint discard"))
    monkeypatch.setattr(lab, "checkpoint", parts(done, "checkpoint", "save restore define"))
    capsule = parts(done, "capsule", "start stop leave enter_network kill_machines")
    capsule.libvirt_uri = "uri"
    monkeypatch.setattr(lab, "capsule", capsule)
    libvirt = parts(done, "libvirt", "close define_pool define_networks")
    monkeypatch.setattr(module, "Hypervisor", noting(done, "libvirt open", libvirt))
    machines = parts(done, "machines", "prepare up")
    monkeypatch.setattr(module, "Machines", lambda *_: machines)
    monkeypatch.setattr(lab.shell, "forget", lambda node: done.append(f"forget {node}"))
    return lab


@pytest.fixture
def opened(lab: Lab, done: list[str]) -> Iterator[Lab]:
    """The same lab after `open` and `attach`."""
    lab.open()
    lab.attach()
    done.clear()
    yield lab
    lab.close()
