"""The doctor: what is lacking is named with its way out, and nothing is built to find out."""

import os
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.host import checks, doctor
from harness.host.checks import Verdict
from harness.lab.state import State
from harness.plan.load import DEFAULT_PLAN


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A lab that was never up."""
    return State(tmp_path, "default")


def test_a_missing_package_is_named_with_the_line_that_brings_it(tmp_path: Path) -> None:
    """A proof may be a command, a path or a pattern."""
    (tmp_path / "there-1.gemspec").touch()
    listed = (
        f"# comment\n\nsh dash\n{tmp_path}/there-*.gemspec here\n{tmp_path}/gone file\nno-such-x x"
    )
    found = checks.packages(listed)
    assert found.verdict is Verdict.LACKING
    assert found.detail == "missing: file x; run `apt-get install file x`"


def test_packages_that_are_all_there_are_counted() -> None:
    """The comment above them is not one."""
    assert checks.packages("# two words\nsh dash\n/bin/sh dash\n").detail == "all 2 are there"


def test_a_missing_python_module_is_named() -> None:
    """The command line works without it, so it can say so."""
    assert checks.modules(["os", "no_such_module"]).verdict is Verdict.LACKING
    assert checks.modules(["os"]).verdict is Verdict.OK


@pytest.mark.parametrize(("sudo", "verdict"), [("/bin/sudo", Verdict.OK), (None, Verdict.LACKING)])
def test_sudo_at_hand_is_as_good_as_root(
    monkeypatch: pytest.MonkeyPatch, sudo: str | None, verdict: Verdict
) -> None:
    """Every command can then be typed with it."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda _: sudo)
    assert checks.rights().verdict is verdict


def test_a_plan_that_wants_too_much_memory_is_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the plan's own complaint."""
    total = type("Memory", (), {"total": 2**30})
    monkeypatch.setattr("psutil.virtual_memory", lambda: total)
    found = checks.memory(DEFAULT_PLAN)
    assert found.verdict is Verdict.LACKING
    assert "this machine has 1024 MiB" in found.detail


def test_little_disk_space_is_lacking_only_before_the_images_are_built(
    monkeypatch: pytest.MonkeyPatch, state: State
) -> None:
    """A built image needs no room any more."""
    monkeypatch.setattr(doctor, "NEEDED_MIB", 2**40)
    assert doctor.disk_space(state).verdict is Verdict.LACKING
    for kind in ("node", "guest"):
        (state.images / f"{kind}-image-abc").mkdir(parents=True)
    assert doctor.disk_space(state).verdict is Verdict.NOTE


def test_a_device_that_does_not_open_is_lacking(tmp_path: Path) -> None:
    """The device is tried, not looked for."""
    assert checks.tun(tmp_path / "tun").verdict is Verdict.LACKING
    assert checks.tun(Path(os.devnull)).verdict is Verdict.OK


def test_a_device_that_only_root_may_open_is_not_called_lacking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A lab runs as root; what another user may open says nothing."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert checks.tun(Path(os.devnull)).verdict is Verdict.NOTE


def test_namespaces_are_tried_by_root_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal comes with its way out."""

    def refuse(*_: object, **__: object) -> str:
        raise LabError("unshare failed")

    monkeypatch.setattr(checks, "run", refuse)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert checks.namespaces().verdict is Verdict.NOTE
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert checks.namespaces().verdict is Verdict.LACKING


def test_acceleration_is_tried_with_the_newest_image_and_builds_none(
    monkeypatch: pytest.MonkeyPatch, state: State
) -> None:
    """Emulation is no lack."""
    assert doctor.acceleration(state).detail == "not tried yet: no image"
    for age, name in ((2, "node-image-old"), (1, "node-image-new")):
        (state.images / name).mkdir(parents=True)
        os.utime(state.images / name, (1000 - age, 1000 - age))
    monkeypatch.setattr("harness.lab.accel.why_not_kvm", lambda _, image: image.folder.name)
    assert doctor.acceleration(state).detail == "tcg, since node-image-new"
    assert doctor.acceleration(state).verdict is Verdict.OK


def test_a_lab_is_seen_with_its_checkpoint_and_left_alone(state: State) -> None:
    """Looking makes no folder."""
    assert doctor.lab(state).detail == "default is down; no checkpoint"
    assert not state.folder.exists()
    state.checkpoint.mkdir(parents=True)
    (state.checkpoint / "manifest.json").touch()
    assert doctor.lab(state).detail == "default is down; a checkpoint"
