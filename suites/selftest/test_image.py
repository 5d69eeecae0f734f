"""An unchanged input never builds twice, a changed one always does, and half a build is none."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from harness.errors import LabError
from harness.lab.images import debian, disk, image, media
from harness.lab.images import guest as guest_image
from harness.lab.images import node as node_image
from harness.lab.images.image import Image, both, for_guests, for_nodes
from harness.lab.state import State
from harness.plan.plan import Plan

Build = Callable[..., Image]


@pytest.fixture(autouse=True)
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Recipes of our own, to change."""
    folder = tmp_path / "recipes"
    for kind in ("node", "guest"):
        (folder / kind).mkdir(parents=True)
        (folder / kind / "packages").write_text("systemd\n")
        (folder / kind / "customize.sh").write_text("true\n")
    monkeypatch.setattr(image, "RECIPES", folder)
    return folder


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """What was unpacked, instead of Debian; assembling leaves a disk."""
    calls: list[SimpleNamespace] = []

    def unpack(release: str, recipe: Path, work: Path, **options: object) -> Path:
        calls.append(SimpleNamespace(release=release, kind=recipe.name, work=work, **options))
        (work / "rootfs").mkdir()
        return work / "rootfs"

    def assemble(_: Path, work: Path, **__: object) -> None:
        for name in ("disk.qcow2", "vmlinuz", "initrd"):
            (work / name).write_text(name)

    monkeypatch.setattr(debian, "unpack", unpack)
    monkeypatch.setattr(debian, "index", lambda repository: repository.mkdir())
    monkeypatch.setattr(node_image, "assemble", assemble)
    monkeypatch.setattr(guest_image, "assemble", assemble)
    monkeypatch.setattr(media, "run", lambda *_, **__: "")
    monkeypatch.setattr(media, "to_qcow2", lambda raw, target: raw.rename(target))
    return calls


BOTH = pytest.mark.parametrize("build", [for_nodes, for_guests], ids=["nodes", "guests"])


@BOTH
def test_a_built_image_has_all_a_machine_starts_from(
    build: Build, state: State, plan: Plan
) -> None:
    made = build(state, plan)
    assert made.folder.parent == state.images
    assert [f.read_text() for f in (made.disk, made.kernel, made.initrd)] == [
        "disk.qcow2",
        "vmlinuz",
        "initrd",
    ]
    assert not (made.folder / "rootfs").exists()


@BOTH
def test_an_unchanged_input_never_builds_again(
    build: Build, state: State, plan: Plan, built: list[SimpleNamespace]
) -> None:
    assert build(state, plan) == build(state, plan)
    assert len(built) == 1


@BOTH
@pytest.mark.parametrize("name", ["packages", "customize.sh", "new"])
def test_a_changed_recipe_builds_anew(
    build: Build, name: str, state: State, plan: Plan, built: list[SimpleNamespace], recipes: Path
) -> None:
    first = build(state, plan)
    (recipes / built[0].kind / name).write_text("other\n")
    assert build(state, plan) != first
    assert first.disk.exists()


@BOTH
def test_a_script_that_becomes_executable_builds_anew(
    build: Build, state: State, plan: Plan, built: list[SimpleNamespace], recipes: Path
) -> None:
    first = build(state, plan)
    (recipes / built[0].kind / "customize.sh").chmod(0o755)
    assert build(state, plan) != first


@BOTH
def test_another_release_builds_anew(build: Build, state: State, plan: Plan) -> None:
    other = plan.model_copy(update={"release": "bookworm"})
    assert build(state, plan) != build(state, other)


@pytest.mark.parametrize(
    ("build", "module"),
    [
        (for_nodes, debian),
        (for_nodes, disk),
        (for_nodes, node_image),
        (for_guests, debian),
        (for_guests, disk),
        (for_guests, guest_image),
        (for_guests, media),
    ],
    ids=lambda part: part.__name__,
)
def test_changed_code_builds_anew(
    build: Build,
    module: ModuleType,
    state: State,
    plan: Plan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = build(state, plan)
    (tmp_path / "code.py").write_text("# other\n")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "code.py"))
    assert build(state, plan) != first


def test_the_size_of_the_guests_disk_matters_to_guests_only(state: State, plan: Plan) -> None:
    other = plan.model_copy(update={"guest_disk_mib": 600})
    assert for_guests(state, plan) != for_guests(state, other)
    assert for_nodes(state, plan) == for_nodes(state, other)


@BOTH
def test_a_build_that_was_interrupted_is_done_again(
    build: Build,
    state: State,
    plan: Plan,
    built: list[SimpleNamespace],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(node_image, "assemble", _killed)
        killed.setattr(guest_image, "assemble", _killed)
        with pytest.raises(KeyboardInterrupt):
            build(state, plan)
    assert (built[0].work / "half").exists()
    made = build(state, plan)
    assert len(built) == 2
    assert not (made.folder / "half").exists()


def _killed(_: Path, work: Path, **__: object) -> None:
    (work / "half").touch()
    raise KeyboardInterrupt


def test_an_image_that_another_lab_built_meanwhile_is_taken(
    state: State, plan: Plan, built: list[SimpleNamespace], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = for_nodes(state, plan)
    aside = made.folder.with_name("aside")
    made.folder.rename(aside)
    monkeypatch.setattr(fcntl, "flock", lambda *_: aside.rename(made.folder))
    assert for_nodes(state, plan) == made
    assert len(built) == 1


def test_too_little_disk_space_is_said_before_anything_is_built(
    state: State, plan: Plan, built: list[SimpleNamespace], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100 * 2**20))
    with pytest.raises(LabError) as refused:
        for_nodes(state, plan)
    assert str(refused.value) == (
        f"{state.images}: 100 MiB free, the images need 4096; "
        "free some, or move the lab with --lab-dir or QUORATE_LAB_DIR"
    )
    assert not built


def test_an_image_that_is_there_needs_no_space(
    state: State, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = for_nodes(state, plan)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    assert for_nodes(state, plan) == made


def test_the_first_image_makes_its_own_folder(plan: Plan, tmp_path: Path) -> None:
    assert for_guests(State(tmp_path / "new"), plan).disk.exists()


def test_the_node_image_brings_the_stack_of_every_role(
    state: State, plan: Plan, built: list[SimpleNamespace]
) -> None:
    made = for_nodes(state, plan)
    assert made.folder.name.startswith("node-image-")
    assert not made.repository.exists()
    wanted = {name for packages in plan.packages.values() for name in packages}
    assert built[0].more == sorted(wanted)
    assert built[0].hooks == []


def test_a_bare_node_image_keeps_the_stack_beside_it(
    state: State, plan: Plan, built: list[SimpleNamespace]
) -> None:
    made = for_nodes(state, plan, bare=True)
    assert built[0].more == []
    assert "pacemaker" in built[0].hooks[0]
    assert made.folder.name.startswith("bare-node-image-")
    assert made.repository.is_dir()
    assert made != for_nodes(state, plan)


@pytest.mark.parametrize("bare", [False, True])
def test_a_raid1_brings_its_tool_into_the_node_image(
    state: State, plan: Plan, built: list[SimpleNamespace], bare: bool
) -> None:
    mirrored = plan.model_copy(update={"system_disks": 2})
    made = for_nodes(state, mirrored, bare=bare)
    assert built[0].more[0] == "mdadm"
    assert made != for_nodes(state, plan, bare=bare)


def test_node_and_guest_image_are_built_side_by_side(
    state: State, plan: Plan, built: list[SimpleNamespace]
) -> None:
    node, guest = both(state, plan)
    assert sorted(call.kind for call in built) == ["guest", "node"]
    assert (node, guest) == (for_nodes(state, plan), for_guests(state, plan))


def test_the_guests_medium_has_room_for_its_disk_and_kernel(
    state: State, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled: list[list[str]] = []

    def make_filesystem(command: list[str | Path], **_: object) -> None:
        tree = Path(command[command.index("-d") + 1])
        filled.append(sorted(file.name for file in tree.iterdir()))

    monkeypatch.setattr(media, "run", make_filesystem)
    made = for_guests(state, plan)
    assert filled == [["disk.qcow2", "initrd", "vmlinuz"]]
    assert (made.folder / "media.qcow2").stat().st_size > 16 * 2**20
    assert not (made.folder / "media").exists()
