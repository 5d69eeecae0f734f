"""What this machine did to the lab: waits, stalls, strangers and theft, second by second."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from harness.errors import LabError
from harness.observe import host_load as module
from harness.observe.host_load import HostLoad, Process, Reading, load_between
from harness.observe.qemu_time import TICK_S
from harness.observe.strangers import Strangers
from harness.record import events
from harness.record.timeline import Timeline
from harness.waiting import wait_until
from suites.selftest.fake_lab import FakeLab
from suites.selftest.processes import running
from suites.selftest.test_qemu_time import FakeProcess

ALPHA, BRAVO, BRAVO_AGAIN = ("alpha", 4000), ("bravo", 5000), ("bravo", 6000)


def waits(of: dict[Process, float]) -> Reading:
    nobody = dict.fromkeys(of, 0.0)
    return Reading(10.0, busy_s=0.0, own_s=0.0, stolen_s=0.0, waited_s=of, stalled_s=nobody)


def test_waits_and_stalls_are_those_of_nodes_that_had_power_all_the_time() -> None:
    last = waits({ALPHA: 5.0, BRAVO: 7.0})
    now = replace(
        waits({ALPHA: 5.5, BRAVO_AGAIN: 9.0}), at_s=12.0, stalled_s={ALPHA: 0.4, BRAVO_AGAIN: 0.6}
    )
    load = load_between(last, now, processors=2)
    assert (load.at_s, load.seconds) == (12.0, 2.0)
    assert load.waited == {"alpha": 0.25}
    assert load.stalled_s == {"alpha": 0.4}


def test_a_wait_that_was_estimated_too_long_is_never_less_than_none() -> None:
    now = replace(waits({ALPHA: 4.9}), at_s=11.0)
    assert load_between(waits({ALPHA: 5.0}), now, processors=2).waited == {"alpha": 0.0}


@pytest.mark.parametrize(
    ("busy_s", "own_s", "strangers"), [(3.0, 1.0, 0.5), (3.0, 3.0, 0.0), (3.0, 3.2, 0.0)]
)
def test_strangers_have_what_is_busy_and_not_our_own_as_a_share_of_all_processors(
    busy_s: float, own_s: float, strangers: float
) -> None:
    last = replace(waits({}), busy_s=100.0, own_s=50.0)
    now = replace(last, at_s=12.0, busy_s=100.0 + busy_s, own_s=50.0 + own_s)
    assert load_between(last, now, processors=2).strangers == strangers


def test_theft_is_a_share_of_all_processors() -> None:
    last = replace(waits({}), stolen_s=3.0)
    assert load_between(last, replace(last, at_s=12.0, stolen_s=4.0), processors=2).stolen == 0.25


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def load(
    lab: FakeLab, timeline: Timeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HostLoad]:
    """It looks fast, at a /proc of its own."""
    monkeypatch.setattr("harness.observe.qemu_time.PROC", tmp_path)
    monkeypatch.setattr(module, "SAMPLE", timedelta(milliseconds=2))
    monkeypatch.setattr(module, "PERIOD", timedelta(milliseconds=10))
    load = HostLoad(lab, timeline)
    yield load
    load.stop()


@pytest.fixture
def init(lab: FakeLab, tmp_path: Path) -> Path:
    """This process stands for the capsule's init; the names of its children, in its file."""
    me = psutil.Process()
    record = {"pid": me.pid, "started": me.create_time()}
    (lab.state.folder / "capsule.json").write_text(json.dumps(record))
    children = tmp_path / f"{me.pid}/task/{me.pid}/children"
    children.parent.mkdir(parents=True)
    children.write_text("")
    return children


def later(timeline: Timeline, seconds: int = 2) -> events.HostLoad:
    """What is noted after that many more notes: at least one whole period later."""
    count = len(timeline.of(events.HostLoad)) + seconds
    more = lambda: len(timeline.of(events.HostLoad)) >= count  # noqa: E731
    wait_until("it notes", more, every=timedelta(milliseconds=1))
    return timeline.of(events.HostLoad)[-1]


def test_a_lab_that_is_down_waits_for_nothing(load: HostLoad, timeline: Timeline) -> None:
    load.start()
    noted = later(timeline)
    assert (noted.waited, noted.stalled_s) == ({}, {})
    assert 0.01 <= noted.seconds < 1
    load.stop()
    load.stop()
    load.collect()
    assert not timeline.knows(events.Failure)


def test_each_node_is_noted_from_when_it_is_found_until_its_process_has_ended(
    load: HostLoad, timeline: Timeline, init: Path, tmp_path: Path
) -> None:
    """The node's process is a real one here, so that it can end."""
    with running("sleep", "60") as sleep:
        alpha = FakeProcess(tmp_path, sleep.pid, "alpha")
        (alpha.folder / "stat").unlink()
        (alpha.folder / "stat").symlink_to(f"/proc/{sleep.pid}/stat")
        FakeProcess(tmp_path, 4500, "stranger")
        init.write_text(f"{sleep.pid} 4500")
        load.start()
        load.before_fault()
        assert later(timeline).waited == {"alpha": 0.0}
        FakeProcess(tmp_path, 5000, "bravo")
        init.write_text(f"{sleep.pid} 4500 5000")
        noted = later(timeline, 3)
        assert noted.waited == noted.stalled_s == {"alpha": 0.0, "bravo": 0.0}
        init.write_text("4500 5000")
    assert later(timeline, 3).waited == {"bravo": 0.0}
    FakeProcess(tmp_path, 6000, "alpha")
    init.write_text("4500 5000 6000")
    assert later(timeline, 3).waited == {"alpha": 0.0, "bravo": 0.0}
    assert not timeline.knows(events.Failure)


def test_a_process_that_has_no_processors_yet_is_looked_for_again(
    load: HostLoad, timeline: Timeline, init: Path, tmp_path: Path
) -> None:
    process = FakeProcess(tmp_path, 4000, "alpha")
    comm = process.folder / "task/4001/comm"
    for file in process.folder.glob("task/*/comm"):
        file.write_text("qemu-system-x86\n")
    init.write_text("4000")
    load.start()
    assert later(timeline).waited == {}
    comm.write_text("CPU 0/KVM\n")
    assert later(timeline, 3).waited == {"alpha": 0.0}


def test_a_processor_that_does_not_run_is_noted_with_a_stall_that_grows(
    load: HostLoad, timeline: Timeline, init: Path, tmp_path: Path
) -> None:
    FakeProcess(tmp_path, 4000, "alpha").vcpu(1, waited_ms=0, state="R")
    init.write_text("4000")
    load.start()
    first, second = later(timeline, 3), later(timeline, 3)
    between_s = second.at_s - first.at_s
    grown_s = second.stalled_s["alpha"] - first.stalled_s["alpha"]
    assert grown_s == pytest.approx(between_s, abs=0.01)
    assert first.waited["alpha"] == pytest.approx(0.5, abs=0.3)  # one of two processors


def test_a_high_load_is_noted_with_the_busiest_stranger(
    load: HostLoad, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "NAMED", 0.0)
    monkeypatch.setattr(Strangers, "busiest", lambda _, lab: f"make {len(lab)}")
    load.start()
    assert later(timeline).busiest == "make 0"
    monkeypatch.setattr(module, "NAMED", 2.0)
    assert later(timeline, 3).busiest == ""


def test_what_the_labs_machines_take_is_not_a_strangers(
    load: HostLoad, init: Path, tmp_path: Path
) -> None:
    """Also what a machine took before it was found, if it was born meanwhile."""
    ticks = round(1 / TICK_S)
    alpha = FakeProcess(tmp_path, 4000, "alpha")
    alpha.used(user=70 * ticks, system=0)
    init.write_text("4000")
    load.start()
    begin_s = load._reading().own_s
    bravo = FakeProcess(tmp_path, 5000, "bravo")
    bravo.used(user=3 * ticks, system=ticks)
    init.write_text("4000 5000")
    alpha.used(user=270 * ticks, system=0)
    wait_until(
        "both", lambda: load._reading().own_s - begin_s >= 204, every=timedelta(milliseconds=5)
    )
    assert load._reading().own_s - begin_s == pytest.approx(204, abs=5)


def test_a_machine_of_which_one_processor_has_ended_is_not_counted_anew(
    load: HostLoad, timeline: Timeline, init: Path, tmp_path: Path
) -> None:
    """The thread is that of a real process, so that it can end; the rest of the machine stays."""
    alpha = FakeProcess(tmp_path, 4000, "alpha")
    with running("sleep", "60") as sleep:
        schedstat = alpha.folder / "task/4001/schedstat"
        schedstat.unlink()
        schedstat.symlink_to(f"/proc/{sleep.pid}/task/{sleep.pid}/schedstat")
        alpha.used(user=round(70 / TICK_S), system=0)
        init.write_text("4000")
        load.start()
        assert later(timeline).waited.keys() == {"alpha"}
    schedstat.unlink()
    schedstat.write_text("0 0 0")
    begin_s = load._reading().own_s
    assert later(timeline, 4).waited == {}
    assert load._reading().own_s - begin_s < 5


def test_a_lab_whose_processes_cannot_be_seen_is_not_observed(load: HostLoad, init: Path) -> None:
    init.unlink()
    with pytest.raises(LabError, match=r"the lab's processes cannot be seen: .*children"):
        load.start()


def test_a_load_that_was_never_started_can_be_stopped(load: HostLoad, timeline: Timeline) -> None:
    load.stop()
    assert timeline.of(events.HostLoad) == []
