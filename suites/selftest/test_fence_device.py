"""The fence device is ready when its port is, and says where to look when it is not."""

import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import LabError
from harness.lab import fence_device
from harness.lab.fence_device import start_fence_device
from harness.plan.plan import Plan
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeClock


@pytest.fixture
def device(lab: FakeLab, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """fence_virtd: what it is started with, whether it has ended, when it listens."""
    clock = FakeClock()
    fake = SimpleNamespace(clock=clock, ended=None, listens_from=clock.now_s, command=[])

    def spawn(command: Sequence[str | Path], **_: object) -> SimpleNamespace:
        fake.command = command
        return SimpleNamespace(poll=lambda: fake.ended)

    monkeypatch.setattr(lab.capsule, "spawn", spawn)
    monkeypatch.setattr(fence_device, "time", clock)
    monkeypatch.setattr(fence_device, "_listens", lambda _: clock.now_s >= fake.listens_from)
    return fake


def test_it_listens_on_the_management_network_with_the_labs_key(
    lab: FakeLab, plan: Plan, device: SimpleNamespace
) -> None:
    start_fence_device(lab.capsule, plan)
    said = dict(re.findall(r'(\w+) = "([^"]*)"', Path(device.command[-1]).read_text()))
    assert said["address"] == "10.77.0.1"
    assert said["key_file"] == str(lab.state.keys / "fence.key")
    assert (said["hash"], said["auth"]) == ("sha256", "sha256")


def test_it_is_waited_for(lab: FakeLab, plan: Plan, device: SimpleNamespace) -> None:
    begin = device.clock.now_s
    device.listens_from = begin + 3
    start_fence_device(lab.capsule, plan)
    assert device.clock.now_s >= begin + 3


@pytest.mark.parametrize("ended", [1, None], ids=["ended", "silent"])
def test_a_device_that_does_not_start_names_its_log(
    lab: FakeLab, plan: Plan, device: SimpleNamespace, ended: int | None
) -> None:
    device.ended, device.listens_from = ended, device.clock.now_s + 3600
    with pytest.raises(LabError) as failed:
        start_fence_device(lab.capsule, plan)
    log = lab.state.folder / "fence_virtd.log"
    assert str(failed.value) == f"the fence device does not start; see {log}"
