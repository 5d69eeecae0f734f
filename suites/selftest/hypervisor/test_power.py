"""Machines' power: it goes on and off, and each change is told."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import LabError
from harness.lab.hypervisor import Hypervisor
from harness.lab.power_events import CHANGES
from harness.waiting import wait_until
from suites.selftest.hypervisor.machine import BRAVO

libvirt = pytest.importorskip("libvirt")
Switch = Callable[[Hypervisor, str], None]


def test_power_goes_on_and_off(hypervisor: Hypervisor) -> None:
    seen = [hypervisor.is_running("alpha")]
    for switch in (hypervisor.power_on, hypervisor.power_on, hypervisor.power_off):
        switch("alpha")
        seen.append(hypervisor.is_running("alpha"))
    hypervisor.power_off("alpha")
    assert seen == [False, True, True, False]


def test_a_lab_that_has_ended_is_no_machine_without_power(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libvirtd is gone by then; an error of one that is there stays one."""
    with pytest.raises(libvirt.libvirtError):
        hypervisor.is_running("nobody")
    monkeypatch.setattr(hypervisor._libvirt, "isAlive", lambda: 0, raising=False)
    with pytest.raises(LabError, match="the lab has ended"):
        hypervisor.is_running("nobody")


@pytest.mark.parametrize(
    ("event", "change"),
    [
        ("DEFINED", "defined"),
        ("UNDEFINED", "undefined"),
        ("STARTED", "started"),
        ("SUSPENDED", "suspended"),
        ("RESUMED", "resumed"),
        ("STOPPED", "stopped"),
        ("SHUTDOWN", "shut down"),
        ("PMSUSPENDED", "sleeping"),
        ("CRASHED", "crashed"),
    ],
)
def test_each_change_has_the_name_that_libvirt_means(event: str, change: str) -> None:
    assert CHANGES[getattr(libvirt, f"VIR_DOMAIN_EVENT_{event}")] == change


def test_a_change_that_a_newer_libvirt_reports_is_told_by_its_number(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, str]] = []

    alpha = SimpleNamespace(name=lambda: "alpha")

    def register(*given: Any) -> int:
        for event in (8, 9):
            given[2](None, alpha, event, 0, None)
        return 1

    newer = SimpleNamespace(domainEventRegisterAny=register)
    with monkeypatch.context() as patch:
        patch.setattr(hypervisor, "_libvirt", newer)
        hypervisor.subscribe(lambda *change: heard.append(change))
    assert heard == [("alpha", "crashed"), ("alpha", "9")]


def test_a_boot_is_reported_and_a_restore_is_not(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    alpha, bravo = (SimpleNamespace(name=lambda name=name: name) for name in ("alpha", "bravo"))
    booted = libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STARTED_BOOTED
    restored = libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STARTED_RESTORED

    def register(*given: Any) -> int:
        given[2](None, alpha, *booted, None)
        given[2](None, bravo, *restored, None)
        return 1

    driver = SimpleNamespace(domainEventRegisterAny=register)
    with monkeypatch.context() as patch:
        patch.setattr(hypervisor, "_libvirt", driver)
        patch.setattr(hypervisor, "_booted", heard.append)
        hypervisor.subscribe(lambda *_: None)
    assert heard == ["alpha"]


def test_several_machines_lose_power_together(hypervisor: Hypervisor) -> None:
    hypervisor.define((), [BRAVO])
    hypervisor.power_on("alpha")
    hypervisor.power_off_all(["alpha", "bravo"])
    assert not hypervisor.is_running("alpha")


def test_an_error_of_one_of_several_machines_is_raised(hypervisor: Hypervisor) -> None:
    with pytest.raises(libvirt.libvirtError, match="not found"):
        hypervisor.power_off_all(["alpha", "nobody"])


@pytest.mark.parametrize("switch", [Hypervisor.power_on, Hypervisor.power_off])
def test_a_machine_that_is_not_there_is_an_error(hypervisor: Hypervisor, switch: Switch) -> None:
    with pytest.raises(libvirt.libvirtError, match="not found"):
        switch(hypervisor, "nobody")


@pytest.mark.parametrize(("call", "on"), [("destroy", True), ("create", False)])
def test_a_switch_that_does_not_work_is_an_error(
    hypervisor: Hypervisor, call: str, on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if on:
        hypervisor.power_on("alpha")

    def stuck(_: object) -> None:
        raise libvirt.libvirtError("stuck")

    monkeypatch.setattr(libvirt.virDomain, call, stuck)
    switch = hypervisor.power_off if on else hypervisor.power_on
    with pytest.raises(libvirt.libvirtError, match="stuck"):
        switch("alpha")


def test_a_change_of_power_is_told_while_somebody_listens(hypervisor: Hypervisor) -> None:
    heard: list[tuple[str, str]] = []
    subscription = hypervisor.subscribe(lambda *change: heard.append(change))
    hypervisor.power_on("alpha")
    wait_until("it is told", lambda: ("alpha", "started") in heard, within=timedelta(seconds=5))
    hypervisor.unsubscribe(subscription)
    hypervisor.unsubscribe(subscription)
    hypervisor.power_off("alpha")
    assert ("alpha", "stopped") not in heard
