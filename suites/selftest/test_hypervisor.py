"""The libvirt seam, against libvirt's own test driver, which needs no daemon."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree

from harness.errors import LabError
from harness.lab import hypervisor as module
from harness.lab.domain_xml import card_of, with_link
from harness.lab.hypervisor import Hypervisor
from harness.plan.load import load
from harness.plan.plan import Plan
from harness.waiting import wait_until

libvirt = pytest.importorskip("libvirt")
libvirt_qemu = pytest.importorskip("libvirt_qemu")

Switch = Callable[[Hypervisor, str], None]
PLAN = load()
MAC = PLAN.mac(PLAN.data_nodes[0], "lan")
OTHER = PLAN.mac(PLAN.data_nodes[0], "mgmt")
MACHINE = f"""<domain type='test'><name>alpha</name><memory>8192</memory>
<os><type>hvm</type></os>
<devices>
<disk type='file' device='disk'><source file='/disks/alpha.img'/><target dev='vda'/></disk>
<interface type='network'><mac address='{OTHER}'/><source network='default'/></interface>
<interface type='network'><mac address='{MAC}'/><source network='default'/></interface>
<serial type='file'><source path='/consoles/alpha.log'/><target port='0'/></serial>
<channel type='file'><source path='/consoles/alpha-web.log'/>
<target type='virtio' name='console.web'/></channel>
</devices></domain>"""


@pytest.fixture
def hypervisor(tmp_path: Path) -> Iterator[Hypervisor]:
    """A libvirt of this test alone with one machine, which is off.

    Not test:///default: that one lives on while anything of this process holds a machine of it.
    """
    file = tmp_path / "libvirt.xml"
    file.write_text("<node><network><name>default</name><bridge name='br0'/></network></node>")
    one = Hypervisor(f"test://{file}")
    one.define((), [MACHINE])
    yield one
    one.close()


def test_power_goes_on_and_off(hypervisor: Hypervisor) -> None:
    seen = [hypervisor.is_running("alpha")]
    for switch in (hypervisor.power_on, hypervisor.power_on, hypervisor.power_off):
        switch("alpha")
        seen.append(hypervisor.is_running("alpha"))
    hypervisor.power_off("alpha")
    assert seen == [False, True, True, False]


def test_a_paused_machine_has_power(hypervisor: Hypervisor) -> None:
    hypervisor.power_on("alpha")
    hypervisor.suspend(["alpha"])
    assert hypervisor.is_running("alpha")
    hypervisor.resume(["alpha"])
    assert hypervisor.is_running("alpha")


def test_a_lab_that_has_ended_is_no_machine_without_power(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libvirtd is gone by then; an error of one that is there stays one."""
    with pytest.raises(libvirt.libvirtError):
        hypervisor.is_running("nobody")
    monkeypatch.setattr(hypervisor._libvirt, "isAlive", lambda: 0, raising=False)
    with pytest.raises(LabError, match="the lab has ended"):
        hypervisor.is_running("nobody")


def test_a_machine_is_paused_for_a_while_whatever_happens(hypervisor: Hypervisor) -> None:
    hypervisor.power_on("alpha")
    changes: list[str] = []
    subscription = hypervisor.subscribe(lambda _, change: changes.append(change))
    with pytest.raises(ZeroDivisionError), hypervisor.paused(["alpha"]):
        raise ZeroDivisionError
    wait_until("it goes on", lambda: changes == ["suspended", "resumed"], every=timedelta())
    hypervisor.unsubscribe(subscription)


BRAVO = MACHINE.replace("alpha", "bravo").replace(MAC, MAC[:-1] + "9")


def state(hypervisor: Hypervisor, name: str) -> int:
    """libvirt's own word for it."""
    found, *_ = hypervisor._libvirt.lookupByName(name).state()
    return int(found)


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
    assert module.CHANGES[getattr(libvirt, f"VIR_DOMAIN_EVENT_{event}")] == change


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


@pytest.mark.parametrize(("busy", "done"), [(0, True), (3, True), (10**9, False)])
def test_an_emulated_machine_is_paused_while_its_processor_sleeps(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, busy: int, done: bool
) -> None:
    """QEMU would not restore it if it were inside a guest of its own."""
    registers = chain(repeat("HLT=0", busy), repeat("HLT=1"))
    monkeypatch.setattr(module, "SUSPEND_PAUSE_S", 0)
    monkeypatch.setattr(module, "SUSPEND_LIMIT_S", 60 if done else 0.1)
    monkeypatch.setattr(module, "_emulated", lambda _: True)
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
    monkeypatch.setattr(module, "ANSWER_LIMIT_S", 0.05)
    monkeypatch.setattr(module, "_asleep", lambda _: answer.wait())
    hypervisor.power_on("alpha")
    with pytest.raises(LabError, match=r"^a machine hangs: no answer of its QEMU in 0 s$"):
        hypervisor.suspend(["alpha"])
    answer.set()
    hypervisor._threads.shutdown()  # else it keeps this process's only connection open


def test_a_machine_that_is_off_cannot_be_stopped(hypervisor: Hypervisor) -> None:
    with pytest.raises(LabError, match=r"^a machine cannot be stopped: .*not running"):
        hypervisor.suspend(["alpha"])


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


def test_a_machines_disks_are_known(hypervisor: Hypervisor) -> None:
    assert hypervisor.disks("alpha") == [Path("/disks/alpha.img")]


def test_what_is_defined_can_be_defined_again(hypervisor: Hypervisor) -> None:
    networks, machines = hypervisor.definitions()
    assert ("default" in networks, "alpha" in machines) == (True, True)
    hypervisor.define(networks.values(), [machines["alpha"]])
    assert hypervisor.definitions() == (networks, machines)


def test_the_console_of_a_machine_is_continued_at_its_next_start(hypervisor: Hypervisor) -> None:
    _, machines = hypervisor.definitions()
    tree = etree.fromstring(machines["alpha"].encode())
    consoles = [
        tree.find(f"devices/{device}/source") for device in ("serial", "console", "channel")
    ]
    assert [console.get("append") for console in consoles if console is not None] == [
        "on",
        "on",
        "on",
    ]


def test_a_network_that_is_new_is_started(hypervisor: Hypervisor) -> None:
    hypervisor.define(["<network><name>lan</name></network>"], ())
    assert "lan" in hypervisor.definitions()[0]


def test_the_management_network_gives_each_card_its_address(
    hypervisor: Hypervisor, plan: Plan
) -> None:
    hypervisor.define_networks(plan)
    tree = etree.fromstring(hypervisor.definitions()[0]["mgmt"].encode())
    address = tree.find("ip")
    assert address is not None
    assert address.get("address") == "10.77.0.1"
    leases = {host.get("mac"): host.get("ip") for host in address.iterfind("dhcp/host")}
    assert leases == {
        plan.mac(node, "mgmt"): str(node.addresses["mgmt"]) for node in plan.nodes.values()
    }


def test_no_network_keeps_a_new_port_shut(hypervisor: Hypervisor, plan: Plan) -> None:
    hypervisor.define_networks(plan)
    networks = hypervisor.definitions()[0]
    for name in plan.networks:
        bridge = etree.fromstring(networks[name].encode()).find("bridge")
        assert bridge is not None
        assert (bridge.get("stp"), bridge.get("delay")) == ("off", "0")


def test_only_the_way_in_hands_out_addresses(hypervisor: Hypervisor, plan: Plan) -> None:
    hypervisor.define_networks(plan)
    networks = hypervisor.definitions()[0]
    assert [name for name in plan.networks if "<dhcp>" in networks[name]] == ["mgmt"]


def test_a_cable_is_in_until_it_is_pulled(hypervisor: Hypervisor) -> None:
    assert hypervisor.carrier("alpha", MAC)


@pytest.mark.parametrize("on", [False, True], ids=["off", "running"])
def test_a_cable_is_pulled_on_the_machine_and_for_its_next_start(
    hypervisor: Hypervisor, on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test driver knows no cables, so what it is told is looked at."""
    told: list[tuple[str, int]] = []
    monkeypatch.setattr(
        libvirt.virDomain, "updateDeviceFlags", lambda _, xml, flags: told.append((xml, flags))
    )
    if on:
        hypervisor.power_on("alpha")
    hypervisor.set_carrier("alpha", MAC, up=False)
    live, config = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
    assert [flags for _, flags in told] == ([live, config] if on else [config])
    for xml, _ in told:
        assert MAC in xml
        assert 'state="down"' in xml


@pytest.mark.parametrize("pulled", ["now", "next start"])
def test_a_cable_counts_as_out_if_it_is_out_now_or_at_the_next_start(
    hypervisor: Hypervisor, pulled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = MACHINE.replace(f"'{MAC}'/>", f"'{MAC}'/><link state='down'/>")
    texts = {"now": [out, MACHINE], "next start": [MACHINE, out]}[pulled]
    monkeypatch.setattr(libvirt.virDomain, "XMLDesc", lambda _, flags=0: texts[bool(flags)])
    assert not hypervisor.carrier("alpha", MAC)
    assert hypervisor.carrier("alpha", OTHER)


@pytest.mark.parametrize(("up", "state"), [(True, "up"), (False, "down")])
def test_a_card_has_one_link_state(up: bool, state: str) -> None:
    card = card_of(MACHINE, MAC)
    for _ in range(2):
        card = etree.fromstring(with_link(card, up=up))
    assert [link.get("state") for link in card.findall("link")] == [state]


def test_a_card_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError, match="no network card 52:54:00:00:00:00"):
        card_of(MACHINE, "52:54:00:00:00:00")


def test_a_damaged_saved_machine_is_one_line(hypervisor: Hypervisor, tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"the saved alpha does not come back .*--discard"):
        hypervisor.restore({"alpha": tmp_path / "gone"})


def test_a_change_of_power_is_told_while_somebody_listens(hypervisor: Hypervisor) -> None:
    heard: list[tuple[str, str]] = []
    subscription = hypervisor.subscribe(lambda *change: heard.append(change))
    hypervisor.power_on("alpha")
    wait_until("it is told", lambda: ("alpha", "started") in heard, within=timedelta(seconds=5))
    hypervisor.unsubscribe(subscription)
    hypervisor.unsubscribe(subscription)
    hypervisor.power_off("alpha")
    assert ("alpha", "stopped") not in heard
