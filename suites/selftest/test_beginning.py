"""The state at the beginning is stored for one checkpoint and one version of the code."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cluster import node_state
from harness.cluster.node_state import NodeState
from harness.lab.lab import Lab
from harness.observe import beginning
from suites.selftest.fake_lab import FakeLab
from suites.selftest.lab_files import save_checkpoint

STATE = NodeState(elements={"web": "1"}, files={"/etc/drbd.conf": "2"}, traces=("file /core",))


@pytest.fixture
def states(lab: FakeLab) -> dict[str, NodeState]:
    """What is stored, of the checkpoint that is there."""
    save_checkpoint(lab, "one")
    states = dict.fromkeys(lab.plan.nodes, STATE)
    beginning.store(lab, states)
    return states


def stored(lab: Lab) -> Path:
    return lab.state.folder / "beginning.json"


def test_what_is_stored_is_loaded_again(lab: FakeLab, states: dict[str, NodeState]) -> None:
    assert beginning.load(lab) == states
    assert [file.name for file in lab.state.folder.glob("beginning*")] == ["beginning.json"]


def test_nothing_is_loaded_where_nothing_is_stored(lab: FakeLab) -> None:
    assert beginning.load(lab) is None


def test_without_a_checkpoint_nothing_is_stored(lab: FakeLab) -> None:
    beginning.store(lab, dict.fromkeys(lab.plan.nodes, STATE))
    assert not stored(lab).exists()


@pytest.mark.usefixtures("states")
def test_that_of_another_checkpoint_is_ignored(lab: FakeLab) -> None:
    save_checkpoint(lab, "two")
    assert beginning.load(lab) is None


@pytest.mark.usefixtures("states")
def test_that_of_a_checkpoint_that_is_gone_is_ignored(lab: FakeLab) -> None:
    lab.checkpoint.discard()
    assert beginning.load(lab) is None


@pytest.mark.usefixtures("states")
def test_that_of_other_code_is_ignored(
    lab: FakeLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "changed.py").write_text("QUERY = 'another one'")
    monkeypatch.setattr(node_state, "__file__", str(tmp_path / "changed.py"))
    assert beginning.load(lab) is None


def test_that_of_other_nodes_is_ignored(lab: FakeLab) -> None:
    save_checkpoint(lab, "one")
    beginning.store(lab, {"alpha": STATE, "charlie": STATE})
    assert beginning.load(lab) is None


@pytest.mark.usefixtures("states")
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda _: b"",
        lambda _: b"\xff\xfe",
        lambda _: b"[]",
        lambda text: text.replace(b'"elements"', b'"parts"'),
        lambda text: text.replace(b'"checkpoint"', b'"point"'),
    ],
)
def test_a_damaged_file_is_ignored(lab: FakeLab, damage: Callable[[bytes], bytes]) -> None:
    stored(lab).write_bytes(damage(stored(lab).read_bytes()))
    assert beginning.load(lab) is None


def test_a_folder_that_takes_no_file_costs_only_time(
    lab: FakeLab, states: dict[str, NodeState]
) -> None:
    stored(lab).unlink()
    stored(lab).with_suffix(".part").mkdir()
    beginning.store(lab, states)
    assert beginning.load(lab) is None
