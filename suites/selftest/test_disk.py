"""Disks are made of plain files: overlays, conversions, partitions; no loop device, no mount."""

import shutil
from pathlib import Path

import pytest

from harness.command import run as really_run
from harness.lab.images import disk
from harness.lab.images import node as node_image
from harness.lab.images.node import ROOT_MIB, VAR_MIB

MIB = 2**20


def test_an_overlay_reads_as_its_base_and_keeps_what_is_written(tmp_path: Path) -> None:
    base, top = tmp_path / "base.qcow2", tmp_path / "top.qcow2"
    raw = tmp_path / "raw"
    raw.write_bytes(b"q" * MIB)
    disk.to_qcow2(raw, base)
    disk.overlay(top, base)
    told = really_run(["qemu-img", "info", "--output=json", top], hint="")
    assert str(base) in told
    assert not raw.exists()
    identical = really_run(["qemu-img", "compare", base, top], hint="")
    assert identical == "Images are identical.\n"


def qcow2(file: Path, content: bytes) -> Path:
    raw = file.with_suffix(".raw")
    raw.write_bytes(content)
    disk.to_qcow2(raw, file)
    return file


def test_a_stretch_of_an_overlay_is_cut_out_with_what_lies_below(tmp_path: Path) -> None:
    base = qcow2(tmp_path / "base.qcow2", b"1" * MIB + b"x" * MIB + b"y" * MIB)
    disk.overlay(tmp_path / "top.qcow2", base)
    disk.extract(tmp_path / "top.qcow2", tmp_path / "part", offset=MIB, size=2 * MIB)
    assert (tmp_path / "part").read_bytes() == b"x" * MIB + b"y" * MIB


@pytest.mark.parametrize(
    ("one", "other", "offset"),
    [
        ("xy", "xy", None),
        ("xy", "xz", 1),
        ("xy", "zy", 0),
        ("x_y_", "x_y_", None),
        ("x_y_", "x_z_", 2),
        ("x_", "xy", 1),
        ("x0", "x_", None),
        ("__", "__", None),
        ("", "", None),
    ],
)
def test_the_first_block_that_differs_is_named(
    tmp_path: Path, one: str, other: str, offset: int | None
) -> None:
    """Of blocks that are written, zeros among them, and holes."""
    files = [tmp_path / "one", tmp_path / "other"]
    for file, blocks in zip(files, (one, other), strict=True):
        with file.open("wb") as target:
            for number, block in enumerate(blocks):
                target.seek(number * MIB)
                target.write(b"" if block == "_" else block.replace("0", "\0").encode() * MIB)
            target.truncate(len(blocks) * MIB)
    expected = None if offset is None else offset * MIB
    assert disk.first_difference(*files) == expected


@pytest.fixture
def rootfs(tmp_path: Path) -> Path:
    """A small root folder, as Debian leaves it."""
    folder = tmp_path / "rootfs"
    for name, text in (("boot/vmlinuz-6.1", "k"), ("boot/initrd.img-6.1", "i"), ("var/log/x", "v")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """What would be run, with its standard input."""
    done: list[tuple[list[str], str]] = []

    def run(command: list[str | Path], *, stdin: str = "", **_: object) -> None:
        done.append(([str(word) for word in command], stdin))

    monkeypatch.setattr(node_image, "run", run)
    monkeypatch.setattr(node_image, "to_qcow2", lambda raw, target: raw.rename(target))
    return done


@pytest.mark.usefixtures("commands")
def test_kernel_and_initrd_lie_beside_the_disk(rootfs: Path, tmp_path: Path) -> None:
    node_image.assemble(rootfs, tmp_path)
    assert (tmp_path / "vmlinuz").read_text() == "k"
    assert (tmp_path / "initrd").read_text() == "i"


@pytest.mark.usefixtures("commands")
def test_the_partitions_fit_into_the_disk(rootfs: Path, tmp_path: Path) -> None:
    node_image.assemble(rootfs, tmp_path)
    size = (tmp_path / "disk.qcow2").stat().st_size
    assert size >= (1 + ROOT_MIB + VAR_MIB) * MIB


def test_each_file_system_lies_where_its_partition_begins(
    rootfs: Path, tmp_path: Path, commands: list[tuple[list[str], str]]
) -> None:
    node_image.assemble(rootfs, tmp_path)
    (_, table), (root, _), (var, _) = commands
    assert table.splitlines()[1:] == ["1MiB 2561MiB", "2562MiB 1025MiB"]
    for command, tree, offset, size in ((root, "rootfs", 1, 2560), (var, "var", 2562, 1024)):
        assert command[command.index("-d") + 1] == str(tmp_path / tree)
        assert f"offset={offset * MIB}," in command[command.index("-E") + 1]
        assert command[-1] == f"{size}M"


def test_var_is_a_partition_of_its_own(
    rootfs: Path,
    tmp_path: Path,
    commands: list[tuple[list[str], str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "rmtree", lambda _: None)
    node_image.assemble(rootfs, tmp_path)
    assert len(commands) == 3
    assert (tmp_path / "var" / "log" / "x").read_text() == "v"
    assert list((rootfs / "var").iterdir()) == []
