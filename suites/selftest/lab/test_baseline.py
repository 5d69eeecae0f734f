"""A lab goes back to its checkpoint, or to the moment at which it was frozen."""

import json
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab import lab as module
from harness.lab.images.image import Image
from harness.lab.lab import Lab
from harness.lab.machines import definition_digest
from harness.lab.nested_guests import PAUSE, RESUME
from harness.lab.state import State
from harness.plan.plan import Acceleration
from suites.selftest.lab.parts import STACK, parts, without_forgetting


def test_a_saved_cluster_comes_back_in_a_new_capsule(opened: Lab, done: list[str]) -> None:
    opened.resume(keep=False)
    assert without_forgetting(done)[-5:] == [
        "libvirt open",
        "checkpoint define",
        "fence device",
        "capsule kill_machines",
        "checkpoint restore",
    ]


def test_a_save_goes_on_from_what_was_saved(opened: Lab, done: list[str]) -> None:
    opened.save(STACK)
    assert without_forgetting(done) == [
        "checkpoint save",
        "capsule kill_machines",
        "checkpoint restore",
    ]


def test_under_kvm_guests_are_paused_while_they_are_saved(
    opened: Lab, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.accel = Acceleration.KVM
    acts = {PAUSE: "suspend", RESUME: "resume"}
    monkeypatch.setattr(
        opened.shell, "check", lambda node, command: done.append(f"{node} {acts[command]}")
    )
    opened.save(STACK)
    paused, resumed = sorted(done[:2]), sorted(done[-2:])
    assert paused == ["alpha suspend", "bravo suspend"]
    assert without_forgetting(done[2:-2]) == [
        "checkpoint save",
        "capsule kill_machines",
        "checkpoint restore",
    ]
    assert resumed == ["alpha resume", "bravo resume"]


def test_a_restore_drops_connections_into_the_earlier_life(opened: Lab, done: list[str]) -> None:
    opened.restore()
    forgotten = ["forget alpha", "forget bravo", "forget arbiter"]
    assert done == [*forgotten, "capsule kill_machines", "checkpoint restore"]


def test_a_test_starts_from_the_checkpoint_unless_nothing_has_happened(
    opened: Lab, done: list[str]
) -> None:
    opened.restore()
    done.clear()
    opened.begin_test()
    assert "checkpoint restore" not in done
    opened.begin_test()
    assert "checkpoint restore" in done


def test_a_checkpoint_is_named_after_all_that_made_it(lab: Lab, tmp_path: Path) -> None:
    lab.open()
    first = lab.digest(STACK)
    assert first == f"{lab.plan.digest}-node-1-guest-1-{definition_digest()}-tcg-stack"
    changes: list[tuple[str, object]] = [
        ("plan", lab.plan.model_copy(update={"release": "bookworm"})),
        ("node_image", Image(tmp_path / "node-2")),
        ("guest_image", Image(tmp_path / "guest-2")),
        ("accel", Acceleration.KVM),
    ]
    for name, value in changes:
        before = getattr(lab, name)
        setattr(lab, name, value)
        assert lab.digest(STACK) != first
        setattr(lab, name, before)
    assert lab.digest("other") != first
    lab.close()


@pytest.fixture
def frozen(opened: Lab, done: list[str], monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab upon checkpoint `base`; what is frozen lies upon it too."""
    monkeypatch.setattr(opened.checkpoint, "identity", "base", raising=False)
    kept = parts(done, "frozen", "save restore define")
    kept.valid_for = lambda identity: identity == "base"
    monkeypatch.setattr(module, "Checkpoint", lambda *_: kept)
    return opened


def test_a_lab_that_was_frozen_goes_on_from_the_checkpoint(frozen: Lab, done: list[str]) -> None:
    frozen.freeze("run/test")
    assert without_forgetting(done) == [
        "frozen save",
        "capsule kill_machines",
        "checkpoint restore",
    ]


def test_a_thawed_lab_is_a_new_capsule_in_the_old_moment(frozen: Lab, done: list[str]) -> None:
    frozen.thaw("run/test")
    steps = [step for step in without_forgetting(done) if not step.startswith("libvirt")]
    assert steps[-4:] == [
        "capsule enter_network",
        "frozen define",
        "fence device",
        "frozen restore",
    ]


def test_a_lab_that_was_frozen_under_a_change_is_thawed(
    frozen: Lab, state: State, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    monkeypatch.setattr(frozen.checkpoint, "identity", "another")
    folder = state.derived / "token-1000"
    folder.mkdir(parents=True)
    with pytest.raises(LabError, match="nothing frozen"):
        frozen.thaw("run/test")
    (folder / "manifest.json").write_text(json.dumps({"identity": "base"}))
    frozen.thaw("run/test")
    assert done[-1] == "frozen restore"


def test_what_lies_upon_another_checkpoint_is_not_thawed(
    frozen: Lab, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen.checkpoint, "identity", "another")
    (state.frozen / "run" / "test").mkdir(parents=True)
    (state.frozen / "run" / "test" / "manifest.json").touch()
    with pytest.raises(LabError, match="nothing frozen as 'x/y'; there is: run/test"):
        frozen.thaw("x/y")
