"""The copies of real disks in the end: compared until they are equal, or time is up."""

import pytest

from harness.lab.state import State
from harness.observe.final_state import FinalState
from harness.plan.plan import Plan
from harness.record.events import Blind, Configuration, CopiesCompared, Failure, Recovered
from harness.record.timeline import Timeline
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeClock, FakeShell
from suites.selftest.lab_files import SHOP, TABLE, WEB, data_disk, lab_with_disks, write_to_disk
from suites.selftest.node_answers import node_answer


@pytest.fixture
def lab(plan: Plan, state: State, shell: FakeShell) -> FakeLab:
    """Every node answers, and the copies of its disks are equal."""
    shell.answer("cibadmin", node_answer())
    return lab_with_disks(plan, state, shell)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def recovered(lab: FakeLab, timeline: Timeline, clock: FakeClock) -> FinalState:
    """The observer of a cluster that has recovered; nothing here waits for real."""
    del clock
    observer = FinalState(lab, timeline)
    observer.start()
    timeline.note(Recovered())
    return observer


def differ(timeline: Timeline) -> dict[str, int | None]:
    [compared] = timeline.of(CopiesCompared)
    return compared.differ


def blind(timeline: Timeline) -> dict[str, str]:
    return {event.part: event.reason for event in timeline.of(Blind)}


def test_equal_copies_are_noted_at_once(
    recovered: FinalState, timeline: Timeline, clock: FakeClock
) -> None:
    begin_s = clock.now_s
    recovered.collect()
    assert clock.now_s == begin_s
    assert differ(timeline) == {"web": None, "shop": None}


def test_a_write_on_its_way_is_waited_for(
    recovered: FinalState, lab: FakeLab, timeline: Timeline, clock: FakeClock
) -> None:
    write_to_disk(lab.state, "alpha", at=WEB)
    clock.after(6, lambda: write_to_disk(lab.state, "bravo", at=WEB))
    begin_s = clock.now_s
    recovered.collect()
    assert 6 <= clock.now_s - begin_s < 10
    assert differ(timeline) == {"web": None, "shop": None}


def test_copies_that_stay_different_are_noted_as_they_were_last(
    recovered: FinalState, lab: FakeLab, timeline: Timeline, clock: FakeClock
) -> None:
    write_to_disk(lab.state, "alpha", at=WEB)
    clock.after(6, lambda: write_to_disk(lab.state, "bravo", at=SHOP))
    begin_s = clock.now_s
    recovered.collect()
    assert 20 <= clock.now_s - begin_s < 24
    assert differ(timeline) == {"web": 0, "shop": 0}


def test_a_guest_without_a_volume_is_blindness_for_it_alone(
    recovered: FinalState, lab: FakeLab, timeline: Timeline
) -> None:
    lab.shell.answer("^dmsetup table$", TABLE.splitlines()[0], on="bravo")
    recovered.collect()
    assert differ(timeline) == {"shop": None}
    assert blind(timeline) == {"web": "it has no linear volume on both data nodes"}


def test_volumes_that_a_node_does_not_tell_are_blindness_for_every_guest(
    recovered: FinalState, lab: FakeLab, timeline: Timeline
) -> None:
    lab.shell.answer("^dmsetup table$", code=1, stderr="no driver", on="bravo")
    recovered.collect()
    reason = "bravo: `dmsetup table` ended with 1: no driver"
    assert blind(timeline) == {"web": reason, "shop": reason}
    assert not timeline.knows(CopiesCompared)
    assert not timeline.knows(Failure)


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), ("no disk", "qemu-img failed")]
)
def test_a_disk_that_this_machine_cannot_read_is_the_labs_failure_and_no_exception(
    recovered: FinalState, lab: FakeLab, timeline: Timeline, content: str | None, reason: str
) -> None:
    """One is missing, an OSError as any other; one is no qcow2 file, an error of qemu-img."""
    disk = data_disk(lab.state, "bravo")
    disk.unlink()
    if content:
        disk.write_text(content)
    recovered.collect()
    [failure] = timeline.of(Failure)
    assert failure.blame == "lab"
    assert failure.reason.startswith("the final state cannot be seen: ")
    assert reason in failure.reason
    assert [event.moment for event in timeline.of(Configuration)] == 3 * ["beginning"] + 3 * ["end"]
    assert not timeline.knows(CopiesCompared)
