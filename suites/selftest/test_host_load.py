"""How long each machine's processors were ready to run and did not."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from harness.observe import pace as module
from harness.observe.host_load import Pace
from harness.record.timeline import Timeline
from harness.waiting import wait_until
from suites.selftest.fakes import FakeLab


@pytest.fixture
def timeline(monkeypatch: pytest.MonkeyPatch) -> Timeline:
    monkeypatch.setattr(module, "PERIOD", timedelta(milliseconds=1))
    return Timeline()


def seen(pace: Pace, timeline: Timeline, looks: int) -> list[dict[str, float]]:
    """What that many looks and more told of the machines."""
    pace.start()
    wait_until("it looks", lambda: len(timeline.events("pace")) >= looks, every=timedelta())
    pace.stop()
    pace.stop()
    return [event.detail["waited"] for event in timeline.events("pace")]


def test_a_lab_that_is_down_waits_for_nothing(lab: FakeLab, timeline: Timeline) -> None:
    assert not any(seen(Pace(lab, timeline), timeline, 3))
    assert all(event.detail["seconds"] >= 0 for event in timeline.events("pace"))


def test_a_pace_that_was_never_begun_can_be_stopped(lab: FakeLab, timeline: Timeline) -> None:
    Pace(lab, timeline).stop()
    assert timeline.events() == []


@pytest.fixture
def machine(lab: FakeLab) -> SimpleNamespace:
    """This process stands in for alpha's QEMU, among others of the capsule."""
    process = SimpleNamespace(pid=psutil.Process().pid)
    process.cmdline = lambda: ["qemu-system-x86_64", "-name", "guest=alpha,debug-threads=on"]
    other = SimpleNamespace(pid=1, cmdline=lambda: ["libvirtd", "--timeout", "0"])
    lab.capsule.init = SimpleNamespace(children=lambda **_: [other, process])
    return process


@pytest.mark.usefixtures("machine")
def test_a_machine_has_no_share_before_its_processors_were_seen_twice(
    lab: FakeLab, timeline: Timeline, tmp_path: Path
) -> None:
    schedstat = tmp_path / "schedstat"
    schedstat.write_text("11 2000000000 33")
    pace = Pace(lab, timeline)
    pace._processors = {"alpha": [schedstat]}
    first, *later = seen(pace, timeline, 3)
    assert first == {}
    assert all(look == {"alpha": 0.0} for look in later)


def test_how_long_a_processor_waited_is_read_in_seconds_and_shared_among_several(
    lab: FakeLab, timeline: Timeline, tmp_path: Path
) -> None:
    pace = Pace(lab, timeline)
    for number, waited_ns in enumerate((1_000_000_000, 4_000_000_000)):
        (tmp_path / str(number)).write_text(f"11 {waited_ns} 33")
    pace._processors = {"alpha": [tmp_path / "0", tmp_path / "1"]}
    assert pace._waited("alpha") == 2.5


@pytest.mark.usefixtures("machine")
def test_only_threads_that_are_a_machines_processors_count(
    lab: FakeLab, timeline: Timeline
) -> None:
    """This process has none."""
    pace = Pace(lab, timeline)
    assert pace._waited("alpha") is None
    assert pace._waited("bravo") is None


def test_a_machine_that_ended_is_looked_for_anew(
    lab: FakeLab, timeline: Timeline, machine: SimpleNamespace, tmp_path: Path
) -> None:
    pace = Pace(lab, timeline)
    pace._processors = {"alpha": [tmp_path / "gone"]}
    assert pace._waited("alpha") is None
    assert pace._processors == {}

    def end() -> list[str]:
        raise psutil.NoSuchProcess(machine.pid)

    machine.cmdline = end
    assert pace._waited("alpha") is None
