"""Volumes and replicas are made once, in the order that DRBD needs, and seen to be in sync."""

import pytest

from fixtures.stack import drbd as module
from fixtures.stack import lvm
from harness.target.shell import ShellError
from harness.waiting import Timeout
from suites.selftest.fake_lab import FakeLab


@pytest.fixture
def drbd(lab: FakeLab) -> FakeLab:
    """Data nodes whose disks are filled and whose replicas are connected and up to date."""
    lab.shell.answer("drbdadm adjust")
    lab.shell.answer("lv_tags", "filled\n")
    lab.shell.answer("cstate", "Connected\n")
    lab.shell.answer("dstate", "UpToDate/UpToDate\n")
    return lab


def bring_up(lab: FakeLab) -> None:
    module.install(lab)
    module.verify(lab)


def commands(lab: FakeLab, word: str) -> list[str]:
    return [command for _, command in lab.shell.asked if word in command]


def test_a_disk_that_is_filled_is_not_filled_again(drbd: FakeLab) -> None:
    bring_up(drbd)
    assert commands(drbd, "create-md") == commands(drbd, "new-current-uuid") == []


def test_a_disk_gets_metadata_first_then_its_content_then_its_tag(drbd: FakeLab) -> None:
    drbd.shell.answer("lv_tags", "\n")
    drbd.shell.answer("create-md")
    bring_up(drbd)
    filling = commands(drbd, "create-md")
    assert len(filling) == 4
    steps = [filling[0].index(step) for step in ("create-md", "qemu-img", "--addtag filled")]
    assert steps == sorted(steps)


def test_fresh_replicas_skip_their_first_synchronisation(
    drbd: FakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = iter(["Inconsistent/Inconsistent", "UpToDate/UpToDate"] * 2)
    cstate = "Connected"
    monkeypatch.setattr(module, "_state", lambda *a: cstate if a[-1] == "cstate" else next(states))
    drbd.shell.answer("new-current-uuid")
    bring_up(drbd)
    assert commands(drbd, "new-current-uuid") == [
        "drbdadm new-current-uuid --clear-bitmap web",
        "drbdadm new-current-uuid --clear-bitmap shop",
    ]


@pytest.mark.usefixtures("clock")
def test_replicas_that_do_not_connect_are_told(drbd: FakeLab) -> None:
    drbd.shell.answer("cstate", "StandAlone\n")
    with pytest.raises(Timeout, match="replicas of web are connected"):
        bring_up(drbd)


def test_a_volume_that_cannot_be_made_is_told(lab: FakeLab) -> None:
    lab.shell.answer("fstab")
    lab.shell.answer("lvcreate", code=5, stderr="insufficient free space")
    with pytest.raises(ShellError, match="insufficient free space"):
        lvm.install(lab)


def test_a_volume_that_is_not_there_is_told(lab: FakeLab) -> None:
    lab.shell.answer("^lvs vg_guests/web vg_guests/shop$")
    lvm.verify(lab)
    lab.shell.answer("^lvs ", code=5, stderr="Failed to find vg_guests/shop", on="bravo")
    with pytest.raises(ShellError, match=r"bravo: .*Failed to find vg_guests/shop"):
        lvm.verify(lab)
