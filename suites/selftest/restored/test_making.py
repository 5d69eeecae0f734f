"""A checkpoint is made of a healthy cluster with equal copies."""

from collections.abc import Callable, Mapping

import pytest

from fixtures import lab as module
from harness.lab.lab_host import LabHost
from harness.observe.agent_control import PORT
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock
from suites.selftest.restored.recording_lab import RecordingLab, Verified

Copies = Mapping[str, int | None]


@pytest.fixture
def making(
    living_cluster: RecordingLab, verified: Verified, monkeypatch: pytest.MonkeyPatch
) -> RecordingLab:
    """A healthy cluster of which a checkpoint can be made."""
    lab = living_cluster
    verified(None)
    lab.shell.answer("setsid python3", "boot 1795000000 started\n")
    lab.shell.answer("stonith_admin --cleanup.*; crm_resource --cleanup")
    monkeypatch.setattr(lab, "save", lambda stack: lab.done.append(f"save {len(stack)}"))
    return lab


def copies(making: RecordingLab, *differ: Copies) -> Callable[[LabHost], Copies]:
    """What comparing the copies finds, one time after the other."""
    found = iter(differ)

    def compare(_: LabHost) -> Copies:
        making.done.append("compare")
        return next(found)

    return compare


def test_a_checkpoint_is_made_of_a_cluster_without_history_and_with_equal_copies(
    making: RecordingLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = copies(making, {"web": None, "shop": None})
    monkeypatch.setattr(LabHost, "compare_copies", compare)
    module._save(making)
    assert making.done == ["verify 0:12:00", "verify", "compare", "save 21", "serving"]
    assert {node for node, command in making.shell.asked if "--cleanup" in command} == {"arbiter"}


def test_in_a_checkpoint_the_agent_of_each_data_node_runs(
    making: RecordingLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LabHost, "compare_copies", copies(making, {"web": None, "shop": None}))
    module._save(making)
    agents = [(node, command) for node, command in making.shell.asked if "setsid" in command]
    assert {node for node, _ in agents} == {"alpha", "bravo"}
    assert all(f" 10.77.0.1 {PORT} >>" in command for _, command in agents)


def test_a_write_may_be_on_its_way_to_one_copy(
    making: RecordingLab, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    begin_s = clock.now_s
    compare = copies(making, {"web": 4096, "shop": None}, {"web": None, "shop": None})
    monkeypatch.setattr(LabHost, "compare_copies", compare)
    module._save(making)
    assert making.done.count("compare") == 2
    assert clock.now_s - begin_s == module.AGAIN.total_seconds()


@pytest.mark.parametrize(
    "differ",
    [{"web": 0, "shop": None}, {"web": None, "shop": 4096}, {"web": None}, {}],
    ids=["the first byte", "another guest", "one was not compared", "none was compared"],
)
def test_no_checkpoint_is_made_of_unequal_copies(
    making: RecordingLab, monkeypatch: pytest.MonkeyPatch, clock: FakeClock, differ: Copies
) -> None:
    begin_s = clock.now_s
    monkeypatch.setattr(LabHost, "compare_copies", lambda _: differ)
    with pytest.raises(Timeout, match="both copies of each disk are equal"):
        module._save(making)
    assert clock.now_s - begin_s >= module.EQUAL.total_seconds()
    assert "save 21" not in making.done
