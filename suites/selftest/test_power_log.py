"""Each change of a node's power, whoever switched it, and what was before and after."""

import pytest

from harness.errors import LabError
from harness.observe.power_log import PowerLog
from harness.record.events import Blind, PowerChange, PowerState
from harness.record.timeline import Timeline
from suites.selftest.fake_lab import FakeLab


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def log(lab: FakeLab, timeline: Timeline) -> PowerLog:
    return PowerLog(lab, timeline)


def states(timeline: Timeline) -> list[tuple[str, bool]]:
    return [(event.node, event.on) for event in timeline.of(PowerState)]


def test_each_change_is_noted_between_the_states_at_the_start_and_in_the_end(
    log: PowerLog, lab: FakeLab, timeline: Timeline
) -> None:
    lab.hypervisor.power_off("alpha")
    log.start()
    assert states(timeline) == [("alpha", False), ("bravo", True), ("arbiter", True)]
    log.before_fault()
    lab.hypervisor.power_off("bravo")
    lab.hypervisor.power_on("alpha")
    log.stop()
    log.stop()
    lab.hypervisor.power_off("arbiter")
    assert not lab.hypervisor.subscribers
    log.collect()
    assert [(event.node, event.change) for event in timeline.of(PowerChange)] == [
        ("bravo", "stopped"),
        ("alpha", "started"),
    ]
    assert states(timeline)[3:] == [("alpha", True), ("bravo", False), ("arbiter", False)]


def test_a_change_while_it_asks_is_not_missed(
    log: PowerLog, lab: FakeLab, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_: str) -> bool:
        lab.hypervisor.power_off("bravo")
        return True

    monkeypatch.setattr(lab.hypervisor, "is_running", cut)
    log.start()
    assert {event.node for event in timeline.of(PowerChange)} == {"bravo"}
    log.stop()


def fail(node: str) -> bool:
    if node == "bravo":
        raise RuntimeError("Domain not found\nmore")
    return True


def test_a_hypervisor_that_does_not_answer_keeps_the_test_from_its_start(
    log: PowerLog, lab: FakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab.hypervisor, "is_running", fail)
    with pytest.raises(LabError, match=r"not report the power of bravo: Domain not found$"):
        log.start()
    log.stop()
    assert not lab.hypervisor.subscribers


def test_a_node_of_which_the_hypervisor_says_nothing_in_the_end_is_out_of_sight(
    log: PowerLog, lab: FakeLab, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab.hypervisor, "is_running", fail)
    log.collect()
    assert states(timeline) == [("alpha", True), ("arbiter", True)]
    [blind] = timeline.of(Blind)
    assert (blind.observer, blind.part) == ("power_log", "bravo")
    assert blind.reason.endswith("the power of bravo: Domain not found")
