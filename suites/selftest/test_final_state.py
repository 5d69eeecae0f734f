"""The last look: CIBs and disks are compared until they are equal, or time is up."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.observe import endstate as module
from harness.observe.final_state import look_at_end
from harness.record.timeline import Timeline
from suites.selftest.fakes import FakeLab

TABLE = """vg_guests-shop: 0 1056768 linear 254:16 1058816
vg_guests-web: 0 1056768 linear 254:16 2048
"""
"""Captured from `dmsetup table` of a data node."""


@pytest.fixture
def paused() -> list[str]:
    return []


@pytest.fixture
def ended(lab: FakeLab, paused: list[str]) -> FakeLab:
    """A lab whose nodes agree; its disks are files."""

    @contextmanager
    def pause(names: list[str]) -> Iterator[None]:
        paused.extend(names)
        yield

    lab.hypervisor.paused = pause
    for node in lab.plan.nodes:
        lab.shell.answer("cibadmin", "394eee8a  -\n", on=node)
        lab.shell.answer("dmsetup", TABLE, on=node)
    lab.state.disks.mkdir(parents=True, exist_ok=True)
    for node in ("alpha", "bravo"):
        (lab.state.disks / f"{node}-vdb.qcow2").write_text(node)
    return lab


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was compared: each file's content and where its stretch begins. All is equal."""
    seen: list[tuple[str, int]] = []

    def cut(file: Path, target: Path, *, begin: int, size: int) -> None:
        assert size == 512 << 20
        seen.append((file.read_text(), begin))
        target.write_text(str(begin))

    monkeypatch.setattr(module, "cut_out", cut)
    return seen


def test_each_guests_volume_is_compared_where_it_lies(
    ended: FakeLab, paused: list[str], compared: list[tuple[str, int]]
) -> None:
    timeline = Timeline()
    look_at_end(ended, timeline)
    assert paused == ["alpha", "bravo", "arbiter"]
    web, shop = 2048 * 512, 1058816 * 512
    assert compared == [("alpha", web), ("bravo", web), ("alpha", shop), ("bravo", shop)]
    assert [(e.source, e.kind, e.detail) for e in timeline.events()] == [
        ("end", "cib", {"digests": dict.fromkeys(ended.plan.nodes, "394eee8a")}),
        ("end", "copies", {"differ": {"web": None, "shop": None}}),
    ]


@pytest.mark.usefixtures("clock", "compared")
def test_what_stays_different_is_noted_as_it_was_last(
    ended: FakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended.shell.answer("cibadmin", "00000000  -\n", on="bravo")
    monkeypatch.setattr(module, "first_difference", lambda *_: 2**20)
    timeline = Timeline()
    look_at_end(ended, timeline)
    cib, copies = timeline.events()
    assert cib.detail["digests"]["bravo"] == "00000000"
    assert copies.detail == {"differ": dict.fromkeys(("web", "shop"), 2**20)}


def test_what_cannot_be_seen_is_a_gap(ended: FakeLab) -> None:
    ended.shell.silent.add("bravo")
    timeline = Timeline()
    look_at_end(ended, timeline)
    [gap] = timeline.events()
    assert (gap.source, gap.kind) == ("end", "blind")
    assert gap.detail["blind"].startswith("bravo: does not answer")
