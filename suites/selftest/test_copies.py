"""Both copies of a guest's disk are compared where they lie, on real qcow2 files."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab.copies import parse_volumes
from harness.lab.state import State
from harness.plan.plan import Plan
from harness.target.shell import ShellError
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeShell
from suites.selftest.lab_files import (
    MIB,
    SHOP,
    TABLE,
    WEB,
    PausableHypervisor,
    data_disk,
    lab_with_disks,
    write_to_disk,
)


@pytest.fixture
def lab(plan: Plan, state: State, shell: FakeShell) -> Iterator[FakeLab]:
    """A lab with real disks, in which no copy of them may be left behind."""
    lab = lab_with_disks(plan, state, shell)
    before = set(state.folder.iterdir())
    yield lab
    assert set(state.folder.iterdir()) == before, "copies were left behind"


@pytest.fixture
def hypervisor(lab: FakeLab) -> PausableHypervisor:
    assert isinstance(lab.hypervisor, PausableHypervisor)
    return lab.hypervisor


def test_equal_copies_are_equal(lab: FakeLab) -> None:
    for node in ("alpha", "bravo"):
        write_to_disk(lab.state, node, at=WEB + MIB)
    assert lab.host.compare_copies() == {"web": None, "shop": None}


@pytest.mark.parametrize(
    ("at", "differ"),
    [
        (WEB, {"web": 0, "shop": None}),
        (WEB + 511 * MIB, {"web": 511 * MIB, "shop": None}),
        (WEB + 512 * MIB, {"web": None, "shop": None}),  # DRBD's own data lies there
        (SHOP, {"web": None, "shop": 0}),
        (SHOP + 3 * MIB, {"web": None, "shop": 3 * MIB}),
    ],
)
def test_a_difference_is_found_in_the_volume_in_which_it_is(
    lab: FakeLab, at: int, differ: dict[str, int | None]
) -> None:
    write_to_disk(lab.state, "bravo", at=at)
    assert lab.host.compare_copies() == differ


def test_each_nodes_volumes_are_read_where_they_lie_there(lab: FakeLab, shell: FakeShell) -> None:
    swapped = TABLE.replace("shop", "x").replace("web", "shop").replace("x", "web")
    shell.answer("^dmsetup table$", swapped, on="bravo")
    write_to_disk(lab.state, "alpha", at=WEB)
    write_to_disk(lab.state, "bravo", at=SHOP)
    assert lab.host.compare_copies() == {"web": None, "shop": None}


def test_a_guest_without_a_volume_on_one_node_is_left_out(lab: FakeLab, shell: FakeShell) -> None:
    shell.answer("^dmsetup table$", TABLE.splitlines()[0], on="bravo")
    assert lab.host.compare_copies() == {"shop": None}


def test_disks_are_copied_while_every_running_machine_is_paused(
    lab: FakeLab, hypervisor: PausableHypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep: list[list[str]] = []
    copy = shutil.copyfile

    def copyfile(source: Path, target: Path) -> Path:
        asleep.append(hypervisor.asleep)
        return copy(source, target)

    hypervisor.powered["arbiter"] = False  # one without power cannot be paused
    monkeypatch.setattr(shutil, "copyfile", copyfile)
    lab.host.compare_copies()
    assert asleep == [["alpha", "bravo"], ["alpha", "bravo"]]


def test_a_node_that_does_not_tell_its_volumes_stops_nobody(
    lab: FakeLab, shell: FakeShell, hypervisor: PausableHypervisor
) -> None:
    shell.silent.add("bravo")
    with pytest.raises(ShellError, match="bravo"):
        lab.host.compare_copies()
    assert hypervisor.done == []


def test_a_disk_that_cannot_be_copied_is_this_machines_error(lab: FakeLab) -> None:
    data_disk(lab.state, "bravo").unlink()
    with pytest.raises(OSError, match="bravo"):
        lab.host.compare_copies()


def test_a_disk_that_cannot_be_read_is_the_labs_error(lab: FakeLab) -> None:
    data_disk(lab.state, "bravo").write_text("no disk")
    with pytest.raises(LabError, match="qemu-img"):
        lab.host.compare_copies()


@pytest.mark.parametrize(
    ("line", "volumes"),
    [
        ("vg_guests-web: 0 1056768 linear 254:16 2048", {"web": 2048 * 512}),
        ("vg_guests-web: 0 1048576 linear 254:16 0", {"web": 0}),  # just large enough
        ("vg_guests-web--db: 0 1056768 linear 254:16 2048", {"web-db": 2048 * 512}),
        ("vg--guests-a--b--c: 0 1056768 linear 254:16 2048", {"a-b-c": 2048 * 512}),
        ("vg_guests-web: 0 1048575 linear 254:16 2048", {}),  # goes on elsewhere
        ("vg_guests-web: 8192 1056768 linear 254:16 2048", {}),  # a later stretch
        ("vg_guests-web: 0 1056768 delay 254:16 2048 200", {"web": 2048 * 512}),
        (
            "vg_guests-web: 0 1056768 flakey 254:16 2048 0 86400 1 drop_writes",
            {"web": 2048 * 512},
        ),
        ("vg_guests-web: 0 1056768 error", {}),
        ("vg_guests-web: 0 1056768 striped 2 128 254:16 2048 254:32 2048", {}),
        ("vg_guests-web: ", {}),
        ("No devices found", {}),
        ("", {}),
    ],
)
def test_a_volume_is_found_by_its_name_where_one_stretch_holds_it(
    line: str, volumes: dict[str, int]
) -> None:
    assert parse_volumes(line, size=512 * MIB) == volumes
