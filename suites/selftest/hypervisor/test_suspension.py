"""Machines are suspended to save them, or paused for a while; then all of them go on."""

import threading
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab import suspension
from harness.lab.hypervisor import Hypervisor
from harness.waiting import wait_until
from suites.selftest.hypervisor.machine import BRAVO, state

libvirt = pytest.importorskip("libvirt")
libvirt_qemu = pytest.importorskip("libvirt_qemu")


def test_a_paused_machine_has_power(hypervisor: Hypervisor) -> None:
    hypervisor.power_on("alpha")
    hypervisor.suspend(["alpha"])
    assert hypervisor.is_running("alpha")
    hypervisor.resume(["alpha"])
    assert hypervisor.is_running("alpha")


def test_one_machine_is_paused_until_it_is_unpaused(hypervisor: Hypervisor) -> None:
    hypervisor.power_on("alpha")
    seen = [hypervisor.is_paused("alpha")]
    for act in (hypervisor.pause, hypervisor.unpause, hypervisor.unpause):
        act("alpha")
        seen.append(hypervisor.is_paused("alpha"))
    assert seen == [False, True, False, False]


def test_a_machine_without_power_is_not_paused(hypervisor: Hypervisor) -> None:
    hypervisor.power_on("alpha")
    hypervisor.pause("alpha")
    hypervisor.power_off("alpha")
    assert not hypervisor.is_paused("alpha")
    hypervisor.unpause("alpha")
    assert not hypervisor.is_running("alpha")
    with pytest.raises(LabError, match="a machine cannot be stopped: "):
        hypervisor.pause("alpha")


def test_a_machine_is_paused_for_a_while_whatever_happens(hypervisor: Hypervisor) -> None:
    hypervisor.power_on("alpha")
    changes: list[str] = []
    subscription = hypervisor.subscribe(lambda _, change: changes.append(change))
    with pytest.raises(ZeroDivisionError), hypervisor.paused(["alpha"]):
        raise ZeroDivisionError
    wait_until("it goes on", lambda: changes == ["suspended", "resumed"], every=timedelta())
    hypervisor.unsubscribe(subscription)


def test_several_machines_are_paused_at_once_and_go_on(hypervisor: Hypervisor) -> None:
    hypervisor.define((), [BRAVO])
    both = ("alpha", "bravo")
    for name in both:
        hypervisor.power_on(name)
    with hypervisor.paused(both):
        assert [state(hypervisor, name) for name in both] == [libvirt.VIR_DOMAIN_PAUSED] * 2
    assert [state(hypervisor, name) for name in both] == [libvirt.VIR_DOMAIN_RUNNING] * 2


def test_when_one_machine_cannot_be_paused_the_others_go_on(hypervisor: Hypervisor) -> None:
    """One that stays suspended would be fenced, and the test's end with it."""
    hypervisor.define((), [BRAVO])
    hypervisor.power_on("alpha")
    with (
        pytest.raises(LabError, match=r"^a machine cannot be suspended \(.*not running"),
        hypervisor.paused(["alpha", "bravo"]),
    ):
        pytest.fail("the body must not run")
    assert state(hypervisor, "alpha") == libvirt.VIR_DOMAIN_RUNNING


def test_a_machine_that_loses_its_power_while_it_is_paused_keeps_no_other_from_going_on(
    hypervisor: Hypervisor,
) -> None:
    hypervisor.define((), [BRAVO])
    for name in ("alpha", "bravo"):
        hypervisor.power_on(name)
    with hypervisor.paused(["alpha", "bravo"]):
        hypervisor.power_off("bravo")
    assert state(hypervisor, "alpha") == libvirt.VIR_DOMAIN_RUNNING
    assert not hypervisor.is_running("bravo")


def test_nothing_but_what_is_named_is_paused(hypervisor: Hypervisor) -> None:
    hypervisor.power_on("alpha")
    with hypervisor.paused([]):
        assert state(hypervisor, "alpha") == libvirt.VIR_DOMAIN_RUNNING


@pytest.mark.parametrize(("busy", "done"), [(0, True), (3, True), (10**9, False)])
def test_an_emulated_machine_is_paused_while_its_processor_sleeps(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, busy: int, done: bool
) -> None:
    """QEMU would not restore it if it were inside a guest of its own."""
    registers = chain(repeat("HLT=0", busy), repeat("HLT=1"))
    monkeypatch.setattr(suspension, "SUSPEND_PAUSE_S", 0)
    monkeypatch.setattr(suspension, "SUSPEND_LIMIT_S", 60 if done else 0.1)
    monkeypatch.setattr(suspension, "_emulated", lambda _: True)
    monkeypatch.setattr(libvirt_qemu, "qemuMonitorCommand", lambda *_: next(registers))
    hypervisor.power_on("alpha")
    if done:
        hypervisor.suspend(["alpha"])
    else:
        with pytest.raises(LabError, match="no moment at which all machines sleep"):
            hypervisor.suspend(["alpha"])


def test_a_machine_that_hangs_when_it_is_stopped_is_named(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()
    monkeypatch.setattr(suspension, "ANSWER_LIMIT_S", 0.05)
    monkeypatch.setattr(suspension, "_asleep", lambda _: answer.wait())
    hypervisor.power_on("alpha")
    with pytest.raises(LabError, match=r"^a machine hangs: no answer of its QEMU in 0 s$"):
        hypervisor.suspend(["alpha"])
    answer.set()
    hypervisor._threads.shutdown()  # else it keeps this process's only connection open


def test_a_machine_that_is_off_cannot_be_stopped(hypervisor: Hypervisor) -> None:
    with pytest.raises(LabError, match=r"^a machine cannot be stopped: .*not running"):
        hypervisor.suspend(["alpha"])


def test_a_damaged_saved_machine_is_one_line(hypervisor: Hypervisor, tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"the saved alpha cannot be restored .*--discard"):
        hypervisor.restore({"alpha": tmp_path / "gone"})
