"""The few sectors that make a file a physical volume, as LVM itself would read them."""

import re
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab.images import guest as guest_image
from harness.lab.images.guest import EXTENT, FIRST_EXTENT, MIB, Geometry, assemble

SIZE = 512 * MIB


def lvm_crc(data: bytes) -> int:
    """LVM2's own checksum, bit by bit (lib/misc/crc.c): nothing of it is shared with the code."""
    crc = 0xF597A6CF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return crc


@pytest.fixture
def commands() -> list[list[str]]:
    """What was run."""
    return []


@pytest.fixture
def disk(tmp_path: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The beginning of a guest's disk, before a file system is in it."""
    boot = tmp_path / "rootfs" / "boot"
    boot.mkdir(parents=True)
    for name in ("vmlinuz", "initrd"):
        (boot / name).write_text(name)

    def run(command: Sequence[object], **_: object) -> str:
        commands.append([str(word) for word in command])
        return "Flags: 0x80008"

    monkeypatch.setattr(guest_image, "run", run)
    monkeypatch.setattr(guest_image, "to_qcow2", lambda raw, target: raw.rename(target))
    assemble(tmp_path / "rootfs", tmp_path / "image", size_mib=SIZE // MIB)
    raw = tmp_path / "image" / "disk.qcow2"
    assert raw.stat().st_size == SIZE
    with raw.open("rb") as file:
        return file.read(FIRST_EXTENT)


@pytest.mark.parametrize(
    ("size_mib", "extents"), [(512, 127), (513, 128), (516, 128), (517, 129), (256, 63)]
)
def test_the_root_volume_takes_whole_extents_only(size_mib: int, extents: int) -> None:
    geometry = Geometry(size_mib * MIB)
    assert (geometry.extents, geometry.root) == (extents, extents * EXTENT)
    assert FIRST_EXTENT + geometry.root <= geometry.disk


def test_the_label_says_where_it_is_and_is_summed(disk: bytes) -> None:
    label = disk[512:1024]
    name, sector, crc, offset, kind = struct.unpack_from("<8sQII8s", label)
    assert (name, sector, offset, kind) == (b"LABELONE", 1, 32, b"LVM2 001")
    assert crc == lvm_crc(label[20:])


def test_the_label_names_disk_data_and_metadata(disk: bytes) -> None:
    identity, size, *areas = struct.unpack_from("<32s Q 4Q 4Q 2I 2Q", disk, 512 + 32)
    assert identity == guest_image.PV_UUID.replace("-", "").encode()
    assert size == SIZE
    data, metadata, extension = areas[:4], areas[4:8], areas[8:]
    assert data == [FIRST_EXTENT, 0, 0, 0]
    assert metadata == [4096, FIRST_EXTENT - 4096, 0, 0]
    assert extension == [2, 1, 0, 0]


def test_the_metadata_header_points_at_a_text_that_is_summed(disk: bytes) -> None:
    header = disk[4096 : 4096 + 512]
    crc, magic, version, start, size, at, length, text_crc, flags = struct.unpack_from(
        "<I16sI QQ QQ II", header
    )
    assert (magic, version, flags) == (b" LVM2 x[5A%r0N*>", 1, 0)
    assert (start, size) == (4096, FIRST_EXTENT - 4096)
    assert crc == lvm_crc(header[4:])
    assert text_crc == lvm_crc(disk[4096 + at : 4096 + at + length])


def test_the_text_describes_one_linear_volume_over_all_extents(disk: bytes) -> None:
    _, _, at, length = struct.unpack_from("<QQQQ", disk, 4096 + 24)
    text = disk[4096 + at : 4096 + at + length].decode()
    numbers = dict(re.findall(r"(\w+) = (\d+)", text))
    assert text.endswith("\0")
    assert text.count("{") == text.count("}")
    assert numbers["extent_size"] == "8192"
    assert numbers["dev_size"] == str(SIZE // 512)
    assert numbers["pe_start"] == str(FIRST_EXTENT // 512)
    assert numbers["pe_count"] == numbers["extent_count"] == "127"
    assert text.startswith("guest {")
    assert "root {" in text


def test_nothing_else_is_written_below_the_first_extent(disk: bytes) -> None:
    end_of_text = disk.index(b"\0", 4096 + 512)
    assert not any(disk[:512])
    assert not any(disk[1024:4096])
    assert not any(disk[end_of_text:])


@pytest.mark.usefixtures("disk")
def test_the_file_system_fills_the_root_volume(commands: list[list[str]]) -> None:
    command, *_ = commands
    assert command[0] == "mke2fs"
    assert f"offset={FIRST_EXTENT},lazy_itable_init=0,lazy_journal_init=0" in command
    assert command[-1] == f"{Geometry(SIZE).root // 1024}k"


@pytest.mark.usefixtures("disk")
def test_kernel_and_initramfs_are_beside_the_disk_not_on_it(tmp_path: Path) -> None:
    for name in ("vmlinuz", "initrd"):
        assert (tmp_path / "image" / name).read_text() == name
        assert not (tmp_path / "rootfs" / "boot" / name).exists()


@pytest.fixture
def filesystem(tmp_path: Path) -> str:
    """A real one, behind as many bytes as on the guest's disk, with one empty file."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "records").touch()
    raw = tmp_path / "disk.raw"
    with raw.open("wb") as disk:
        disk.truncate(16 * MIB)
    options = ("-q", "-t", "ext4", "-E", f"offset={FIRST_EXTENT}", "-d", str(tmp_path / "tree"))
    subprocess.run(["mke2fs", *options, str(raw), "8192k"], check=True)
    return f"{raw}?offset={FIRST_EXTENT}"


def test_a_file_is_told_to_sync_its_writes(filesystem: str) -> None:
    guest_image._sync_writes(filesystem, "/records")
    command = ["debugfs", "-R", "stat /records", filesystem]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Flags: 0x80008" in told


def test_a_file_that_does_not_take_it_is_an_error(filesystem: str) -> None:
    with pytest.raises(LabError, match=r"^/gone of the guest does not sync its writes"):
        guest_image._sync_writes(filesystem, "/gone")
