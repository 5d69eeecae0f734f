"""Each change of a machine's power, whoever switched it."""

from harness.observe.power_log import PowerLog
from harness.record.timeline import Timeline
from suites.selftest.fakes import FakeLab


def test_power_is_noted_from_start_to_stop(lab: FakeLab) -> None:
    timeline = Timeline()
    log = PowerLog(lab, timeline)
    lab.hypervisor.power_off("alpha")
    log.start()
    lab.hypervisor.power_off("bravo")
    lab.hypervisor.power_on("bravo")
    log.stop()
    log.stop()
    lab.hypervisor.power_on("alpha")
    assert [(e.source, e.kind, e.detail) for e in timeline.events()] == [
        ("hypervisor", "power", {"node": "bravo", "change": "stopped"}),
        ("hypervisor", "power", {"node": "bravo", "change": "started"}),
    ]
    assert not lab.hypervisor.heard
