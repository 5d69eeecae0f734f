"""The input of Vagrant: seeded disks, and one file of values."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import vagrant

from harness.errors import LabError
from harness.lab.capsule import Capsule
from harness.lab.images import disk
from harness.lab.images.image import Image
from harness.lab.machines import UNUSED_BY_ARBITRATOR, Machines
from harness.lab.state import State
from harness.plan.plan import NETWORKS, Acceleration, Plan

KEY = "ssh-ed25519 AAAAkey quorate"


@pytest.fixture
def made(state: State, plan: Plan) -> Machines:
    return Machines(state, plan)


@pytest.fixture
def values(
    made: Machines, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The values that Vagrant reads, and each overlay with its base."""
    overlays: list[tuple[str, str]] = []
    monkeypatch.setattr(disk, "run", lambda words, **_: overlays.append(words[-2:]))
    (state.keys / "ssh.pub").write_text(f"{KEY}\n")
    capsule = Capsule(state)
    monkeypatch.setattr(Capsule, "libvirt_uri", "qemu:///system?socket=here")
    node, guest = Image(tmp_path / "node"), Image(tmp_path / "guest")
    made.prepare(capsule, node, guest, Acceleration.TCG)
    values: dict[str, Any] = json.loads((state.folder / "values.json").read_text())
    return {**values, "overlays": {Path(to).name: str(base) for base, to in overlays}}


def test_every_machine_learns_its_name_and_the_labs_key(values: dict[str, Any], plan: Plan) -> None:
    for name in plan.nodes:
        assert f" systemd.hostname={name} " in values["cmd_line"][name]
        credential = f'"systemd.set_credential=ssh.authorized_keys.root:{KEY}"'
        assert values["cmd_line"][name].endswith(credential)


def test_only_the_arbitrator_starts_no_libvirt(values: dict[str, Any], plan: Plan) -> None:
    for name, line in values["cmd_line"].items():
        masked = [word.split("=")[1] for word in line.split() if word.startswith("systemd.mask=")]
        unused = list(UNUSED_BY_ARBITRATOR) if name == plan.arbitrator.name else []
        assert masked == unused


def test_the_values_name_image_libvirt_and_key(
    values: dict[str, Any], state: State, tmp_path: Path
) -> None:
    assert values["accel"] == "tcg"
    assert values["libvirt_uri"] == "qemu:///system?socket=here"
    assert values["private_key"] == str(state.keys / "ssh")
    assert (values["kernel"], values["initrd"]) == (
        str(tmp_path / "node" / "vmlinuz"),
        str(tmp_path / "node" / "initrd"),
    )


def test_every_card_and_console_has_its_place(
    values: dict[str, Any], plan: Plan, state: State
) -> None:
    for name, node in plan.nodes.items():
        assert values["macs"][name] == {net: plan.mac(node, net) for net in NETWORKS}
        assert values["consoles"][name] == str(state.consoles / f"{name}.log")
        assert values["guest_consoles"][name]["web"] == str(state.consoles / f"{name}-web.log")


def test_the_box_is_where_vagrant_looks_for_it(
    values: dict[str, Any], state: State, tmp_path: Path
) -> None:
    box = state.folder / "vagrant" / "boxes" / values["box"] / values["box_version"] / "libvirt"
    assert json.loads((box / "metadata.json").read_text())["format"] == "qcow2"
    assert (box / "box.img").readlink() == tmp_path / "node" / "disk.qcow2"


def test_disks_are_laid_over_the_images(values: dict[str, Any], tmp_path: Path) -> None:
    volume = f"{values['box']}_vagrant_box_image_{values['box_version']}_box.img"
    media = str(tmp_path / "guest" / "media.qcow2")
    assert values["overlays"] == {
        volume: str(tmp_path / "node" / "disk.qcow2"),
        "alpha-media.qcow2": media,
        "bravo-media.qcow2": media,
    }


def test_both_legs_of_a_raid1_start_as_the_same_image(
    state: State, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlays: list[list[str]] = []
    monkeypatch.setattr(disk, "run", lambda words, **_: overlays.append(words))
    (state.keys / "ssh.pub").write_text(f"{KEY}\n")
    monkeypatch.setattr(Capsule, "libvirt_uri", "qemu:///system?socket=here")
    mirrored = Machines(state, plan.model_copy(update={"system_disks": 2}))
    node, guest = Image(tmp_path / "node"), Image(tmp_path / "guest")
    mirrored.prepare(Capsule(state), node, guest, Acceleration.TCG)
    legs = {
        Path(words[-1]).name: words[-2] for words in overlays if str(words[-2]) == str(node.disk)
    }
    assert {f"{name}-system2.qcow2" for name in plan.nodes} < legs.keys()


@pytest.fixture
def earlier(state: State) -> list[Path]:
    """What an earlier capsule left."""
    left = [state.folder / "vagrant" / "machines" / "alpha", state.disks / "alpha.img"]
    for folder in left:
        folder.mkdir(parents=True)
    return left


@pytest.mark.usefixtures("earlier", "values")
def test_machines_of_an_earlier_capsule_are_forgotten(earlier: list[Path]) -> None:
    assert not any(path.exists() for path in earlier)


class FakeVagrant:
    """Says a few lines; fails when it is values to."""

    fails = False

    def __init__(self, root: Path, *, env: dict[str, str], err_cm: object) -> None:
        self.env = env

    def up(self, **options: object) -> Iterator[str]:
        assert options == {"provider": "libvirt", "provision": False, "stream_output": True}
        yield "Bringing machine 'alpha' up\n"
        yield f"{Path(self.env['QUORATE_PLAN']).name} {Path(self.env['QUORATE_VALUES']).name}\n\n"
        if self.fails:
            raise subprocess.CalledProcessError(1, "vagrant")


def test_machines_come_up(made: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vagrant, "Vagrant", FakeVagrant)
    made.up()


def test_vagrants_last_word_is_told(made: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vagrant, "Vagrant", FakeVagrant)
    monkeypatch.setattr(FakeVagrant, "fails", True)
    with pytest.raises(LabError) as failed:
        made.up()
    assert str(failed.value) == "vagrant up failed (plan.json values.json); see the run's log"


def test_an_interrupted_vagrant_is_ended_and_nothing_else(
    made: Machines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "vagrant"
    script.write_text("read wait")

    def up(*_: object, **__: object) -> Iterator[str]:
        yield "Bringing machine 'alpha' up\n"
        raise KeyboardInterrupt

    monkeypatch.setattr("vagrant.Vagrant.up", up)
    commands = (["sh", str(script)], ["sh", "-c", "read vagrant"])
    begun = [subprocess.Popen(command, stdin=subprocess.PIPE) for command in commands]
    with pytest.raises(KeyboardInterrupt):
        made.up()
    there = [psutil.pid_exists(process.pid) for process in begun]
    for process in begun:
        process.communicate()
    assert there == [False, True]
