"""The saved cluster: whole or not there, of the same making or not used."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab.checkpoint import MANIFEST, Checkpoint, prune
from harness.lab.images import disk
from harness.lab.state import State
from harness.plan.plan import Plan
from suites.selftest.fake_lab import FakeHypervisor

DIGEST = "what-it-was-made-of"


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands of this machine; qemu-img leaves its target."""
    words: list[list[str]] = []

    def run(command: list[str | Path], **_: object) -> None:
        words.append([str(word) for word in command])
        Path(command[-1]).write_text("overlay")

    monkeypatch.setattr(disk, "run", run)
    return words


@pytest.fixture
def checkpoint(state: State) -> Checkpoint:
    return Checkpoint(state.checkpoint, state.disks)


@pytest.fixture
def save(
    checkpoint: Checkpoint,
    hypervisor: FakeHypervisor,
    plan: Plan,
    state: State,
    commands: list[list[str]],
) -> Callable[[], None]:
    """Save the machines as they are now, each with its disk."""

    def save() -> None:
        commands.clear()
        for name in plan.nodes:
            (state.disks / f"{name}.img").write_text(f"disk of {name}")
        checkpoint.save(hypervisor, list(plan.nodes), DIGEST, step="saving")

    return save


def test_without_a_save_there_is_no_checkpoint(checkpoint: Checkpoint) -> None:
    assert not checkpoint.valid_for(DIGEST)


def test_a_checkpoint_is_valid_for_what_it_was_made_of_only(
    checkpoint: Checkpoint, save: Callable[[], None]
) -> None:
    save()
    assert checkpoint.valid_for(DIGEST)
    assert not checkpoint.valid_for("something-else")


def test_all_machines_stop_before_the_first_is_saved(
    save: Callable[[], None], hypervisor: FakeHypervisor
) -> None:
    save()
    assert hypervisor.done == ["suspend alpha bravo arbiter", "save"]
    assert not any(hypervisor.powered.values())


def test_memory_and_disks_are_set_aside(save: Callable[[], None], state: State) -> None:
    save()
    assert (state.checkpoint / "bravo.memory").read_text() == "memory of bravo"
    assert (state.checkpoint / "bravo.img").read_text() == "disk of bravo"
    assert not (state.disks / "bravo.img").exists()


def test_only_the_owner_may_read_a_saved_memory(save: Callable[[], None], state: State) -> None:
    save()
    assert state.checkpoint.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("step", ["suspend", "save", "disks"])
def test_a_save_that_was_cut_short_is_no_checkpoint(
    step: str,
    checkpoint: Checkpoint,
    save: Callable[[], None],
    hypervisor: FakeHypervisor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save()
    monkeypatch.setattr(hypervisor, step, _cut_short)
    with pytest.raises(KeyboardInterrupt):
        save()
    assert not checkpoint.valid_for(DIGEST)


def _cut_short(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_manifest_is_written_when_all_else_is_there(
    save: Callable[[], None], state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: set[str] = set()
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        there.update(file.name for file in state.checkpoint.iterdir())
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    save()
    assert {"alpha.memory", "arbiter.img", "manifest.part"} <= there
    assert MANIFEST not in there


@pytest.mark.parametrize("text", ["", "{", "{}"])
def test_a_manifest_that_makes_no_sense_is_no_checkpoint(
    checkpoint: Checkpoint, save: Callable[[], None], state: State, text: str
) -> None:
    save()
    (state.checkpoint / MANIFEST).write_text(text)
    assert not checkpoint.valid_for(DIGEST)


def test_a_discarded_checkpoint_leaves_nothing(
    checkpoint: Checkpoint, save: Callable[[], None], state: State
) -> None:
    save()
    checkpoint.discard()
    checkpoint.discard()
    assert not state.checkpoint.exists()


def test_a_restore_puts_memory_and_fresh_disks_back(
    checkpoint: Checkpoint,
    save: Callable[[], None],
    hypervisor: FakeHypervisor,
    state: State,
    commands: list[list[str]],
) -> None:
    save()
    base, empty = state.checkpoint / "alpha.img", state.checkpoint / "alpha.img.overlay"
    assert commands[0][-3:] == ["-b", str(base), str(empty)]
    commands.clear()
    hypervisor.done.clear()
    checkpoint.restore(hypervisor)
    assert hypervisor.done == [
        "power off",
        "define 0 networks, 3 machines",
        "restore",
        "resume alpha bravo arbiter",
    ]
    assert (state.disks / "alpha.img").read_text() == "overlay"
    assert not commands  # a new process for each disk would take longer than the copy


def test_a_checkpoint_can_be_restored_again_and_again(
    checkpoint: Checkpoint, save: Callable[[], None], hypervisor: FakeHypervisor, state: State
) -> None:
    save()
    for _ in range(3):
        checkpoint.restore(hypervisor)
        (state.disks / "alpha.img").write_text("written to by a test")
    assert (state.checkpoint / "alpha.img").read_text() == "disk of alpha"
    assert checkpoint.valid_for(DIGEST)


def test_a_new_capsule_learns_networks_and_machines(
    checkpoint: Checkpoint, save: Callable[[], None], hypervisor: FakeHypervisor
) -> None:
    save()
    hypervisor.done.clear()
    checkpoint.define(hypervisor)
    assert hypervisor.done == ["define 1 networks, 3 machines"]


def test_a_damaged_checkpoint_names_the_way_out(
    checkpoint: Checkpoint, save: Callable[[], None], hypervisor: FakeHypervisor, state: State
) -> None:
    save()
    (state.checkpoint / "bravo.img.overlay").unlink()
    message = r"bravo\.img cannot be restored .*; `quorate down --discard` forgets the checkpoint"
    with pytest.raises(LabError, match=message):
        checkpoint.restore(hypervisor)


def test_the_manifest_can_be_read_by_a_person(save: Callable[[], None], state: State) -> None:
    save()
    manifest = json.loads((state.checkpoint / MANIFEST).read_text())
    assert manifest["machines"] == ["alpha", "bravo", "arbiter"]
    assert manifest["disks"] == ["alpha.img", "bravo.img", "arbiter.img"]


def test_each_save_has_an_identity_of_its_own(
    checkpoint: Checkpoint, save: Callable[[], None]
) -> None:
    assert checkpoint.identity is None
    save()
    first = checkpoint.identity
    save()
    assert first
    assert checkpoint.identity not in (None, first)


def test_a_machine_that_was_off_is_off_again(
    checkpoint: Checkpoint, save: Callable[[], None], hypervisor: FakeHypervisor, state: State
) -> None:
    hypervisor.power_off("alpha")
    save()
    hypervisor.power_on("alpha")
    checkpoint.restore(hypervisor)
    assert hypervisor.powered == {"alpha": False, "bravo": True, "arbiter": True}
    assert not (state.checkpoint / "alpha.memory").exists()
    assert (state.disks / "alpha.img").read_text() == "overlay"


@pytest.mark.parametrize(("keep", "left"), [(0, []), (2, ["b", "c"]), (5, ["a", "b", "c"])])
def test_only_the_newest_are_kept(tmp_path: Path, keep: int, left: list[str]) -> None:
    for age, name in enumerate("cba"):
        folder = tmp_path / "run" / name
        folder.mkdir(parents=True)
        (folder / MANIFEST).write_text("{}")
        os.utime(folder / MANIFEST, (1000 - age, 1000 - age))
    prune(tmp_path, keep=keep)
    assert sorted(folder.name for folder in (tmp_path / "run").iterdir()) == left
