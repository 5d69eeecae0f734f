"""Each fault does its harm, sees that it is there, and takes it back; lifting twice is harmless."""

import json
from datetime import timedelta

import pytest
from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from harness.faults.altered_file import AlteredFile
from harness.faults.block_device import FailedReplica, StalledReplica
from harness.faults.catalogue import read_fault
from harness.faults.fault import Fault, as_json
from harness.faults.fence_agent import FaultyFenceAgent
from harness.faults.guest import KilledGuest, PausedGuest
from harness.faults.guest_panic import PanickedGuest
from harness.faults.kernel import KernelCrash
from harness.faults.network import CarrierLoss
from harness.faults.node_command import RETURN
from harness.faults.operations import Maintenance, Standby
from harness.faults.packets import DroppedTraffic
from harness.faults.ping_target import LostPingTarget
from harness.faults.power import FrozenNode, PowerOff
from harness.faults.process import KilledProcess, StoppedProcess
from harness.faults.replica_table import BadReplica
from harness.faults.resync import SlowResync
from harness.faults.service import RestartedService, StoppedService
from harness.faults.shutdown import Shutdown
from harness.faults.slow_traffic import SlowTraffic
from harness.faults.split_brain import SplitBrain
from harness.faults.storage import ExhaustedInodes, FullFilesystem
from harness.faults.system_disk import FailedSystemDisk
from harness.faults.volume_group import FullVolumeGroup
from harness.plan.load import load
from harness.plan.plan import NETWORKS, RINGS
from harness.plan.references import Node
from harness.target.shell import ShellError
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock, FakeTarget

PLAN = load()
VICTIM = PLAN.data_nodes[0]
AT_HYPERVISOR = [PowerOff(VICTIM), FrozenNode(VICTIM), CarrierLoss(VICTIM)]
FENCED = [
    *AT_HYPERVISOR,
    KernelCrash(VICTIM, "panic"),
    KilledProcess(VICTIM, "corosync"),
    StoppedProcess(VICTIM, "corosync"),
    DroppedTraffic(VICTIM),
    FullFilesystem(VICTIM, "/var"),
    ExhaustedInodes(VICTIM, "/var"),
    SlowTraffic(VICTIM, ("lan",), delay_ms=200),
    Shutdown(VICTIM),
]
GUEST = PLAN.guests["web"]
BEARABLE = [
    PausedGuest(GUEST, VICTIM),
    RestartedService(VICTIM, "corosync"),
    StoppedService(VICTIM, "libvirtd"),
    BadReplica(VICTIM, GUEST, "slow"),
    LostPingTarget(VICTIM),
    FullVolumeGroup(VICTIM),
    SlowResync(VICTIM, GUEST),
    FaultyFenceAgent((VICTIM,), "slow"),
    AlteredFile(VICTIM, "/etc/drbd.d/web.res", "s/C/A/"),
    PanickedGuest(GUEST, VICTIM),
]
ALL = [
    *FENCED,
    KilledGuest(GUEST, VICTIM),
    Standby(VICTIM),
    Maintenance(),
    StalledReplica(VICTIM, GUEST),
    FailedReplica(VICTIM, GUEST),
    FailedSystemDisk(VICTIM),
    *BEARABLE,
    SplitBrain(GUEST, VICTIM, PLAN.data_nodes[1]),
]
FILL, TRY, FREE = "fallocate", r"conv=fsync", r"^rm -f /var/quorate\.fill"
"""The commands by which a file system is filled, tried, and freed."""


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.name)
def test_a_fault_is_read_back_from_its_json_form(fault: Fault) -> None:
    assert read_fault(json.loads(json.dumps(as_json(fault))), PLAN) == fault


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (PowerOff(VICTIM), "power cut of alpha"),
        (CarrierLoss(VICTIM), "carrier loss of alpha on backplane and lan"),
        (FullFilesystem(VICTIM, "/var"), "/var full on alpha"),
        (FrozenNode(VICTIM), "freeze of alpha"),
        (KernelCrash(VICTIM, "reset"), "kernel reset of alpha"),
        (KilledProcess(VICTIM, "corosync"), "kill of corosync on alpha"),
        (StoppedProcess(VICTIM, "corosync"), "stop of corosync on alpha"),
        (KilledGuest(GUEST, VICTIM), "kill of web on alpha"),
        (Standby(VICTIM), "standby of alpha"),
        (Maintenance(), "maintenance mode"),
        (ExhaustedInodes(VICTIM, "/var"), "no inode left in /var on alpha"),
        (SlowTraffic(VICTIM, ("lan",), delay_ms=200), "packets of alpha delayed by 200 ms on lan"),
        (
            SlowTraffic(VICTIM, ("lan",), rate_kbit=1000),
            "packets of alpha limited to 1000 kbit/s on lan",
        ),
        (PausedGuest(GUEST, VICTIM), "pause of web on alpha"),
        (RestartedService(VICTIM, "corosync"), "restart of corosync on alpha"),
        (StoppedService(VICTIM, "libvirtd"), "libvirtd stopped on alpha"),
        (BadReplica(VICTIM, GUEST, "forgetful"), "forgetful disk of web's replica on alpha"),
        (LostPingTarget(VICTIM), "ping target lost on alpha"),
        (FullVolumeGroup(VICTIM), "volume group vg_guests full on alpha"),
        (SlowResync(VICTIM, GUEST), "slow resync of web's replica on alpha"),
        (FaultyFenceAgent((VICTIM,), "slow"), "fence agent slow by 30 s on alpha"),
        (FaultyFenceAgent(PLAN.data_nodes, "refusing"), "fence agent refusing on alpha and bravo"),
        (Shutdown(VICTIM), "shutdown of alpha"),
        (AlteredFile(VICTIM, "/etc/a.conf", "s/C/A/"), "/etc/a.conf altered on alpha"),
        (PanickedGuest(GUEST, VICTIM), "kernel panic of web on alpha"),
        (SplitBrain(GUEST, VICTIM, PLAN.data_nodes[1]), "split brain of web"),
        (DroppedTraffic(VICTIM), "all packets of alpha dropped on backplane and lan"),
        (DroppedTraffic(VICTIM, ("lan",), "in"), "all incoming packets of alpha dropped on lan"),
        (
            DroppedTraffic(VICTIM, ("lan",), peer=PLAN.data_nodes[1], ports=(5405,), percent=5),
            "5 % of all packets of alpha with bravo dropped on lan, port 5405",
        ),
    ],
)
def test_a_fault_reads_as_what_it_does(fault: Fault, text: str) -> None:
    assert fault.name == text


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"kind": "power_off", "node": "delta"}, "the plan has no node 'delta'"),
        ({"kind": "power_off", "node": 1}, "node"),
        ({"kind": "power_off"}, "node"),
        ({"kind": "flood", "node": "alpha"}, "kind"),
        ({"node": "alpha"}, "kind"),
        ("power_off", "power_off"),
    ],
)
def test_what_is_no_fault_is_not_read(form: JsonValue, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        read_fault(form, PLAN)


def test_a_name_is_not_read_without_a_plan() -> None:
    with pytest.raises(ValidationError, match="with the plan as context"):
        PowerOff("alpha")  # type: ignore[arg-type]


def test_a_fault_may_hit_two_nodes_or_all() -> None:
    @dataclass(frozen=True)
    class Split:
        """The link between two nodes is cut."""

        nodes: tuple[Node, ...]

    assert TypeAdapter(Split).dump_python(Split(PLAN.data_nodes), mode="json") == {
        "nodes": ["alpha", "bravo"]
    }


@pytest.mark.parametrize("fault", FENCED, ids=lambda fault: fault.name)
def test_its_victim_alone_may_be_fenced_for_it_and_its_guests_may_move(fault: Fault) -> None:
    assert fault.victims == (VICTIM,)
    assert fault.may_be_fenced == (VICTIM,)
    assert fault.disturbs_guests is True


@pytest.mark.parametrize("fault", BEARABLE, ids=lambda fault: fault.name)
def test_a_fault_that_a_cluster_bears_excuses_no_fencing(fault: Fault) -> None:
    assert fault.victims == (VICTIM,)
    assert fault.may_be_fenced == ()


@pytest.mark.parametrize("fault", AT_HYPERVISOR, ids=lambda fault: fault.name)
def test_a_fault_of_the_hypervisor_bites_until_it_is_lifted(
    fault: Fault, target: FakeTarget
) -> None:
    seen = [(fault.bites(target), fault.gone(target))]
    for act in (fault.inject, fault.inject, fault.lift, fault.lift):
        act(target)
        seen.append((fault.bites(target), fault.gone(target)))
    healthy, harmed = (False, True), (True, False)
    assert seen == [healthy, harmed, harmed, healthy, healthy]


def test_a_power_cut_hits_its_victim_only(target: FakeTarget) -> None:
    PowerOff(VICTIM).inject(target)
    assert [name for name, on in target.power.powered.items() if not on] == [VICTIM.name]


@pytest.mark.parametrize("networks", [RINGS, ("lan",), NETWORKS], ids=" and ".join)
def test_only_the_named_cables_are_pulled(networks: tuple[str, ...], target: FakeTarget) -> None:
    CarrierLoss(VICTIM, networks).inject(target)
    assert target.links.pulled == {(VICTIM.name, net) for net in networks}


@pytest.mark.parametrize("network", RINGS)
def test_a_carrier_loss_with_one_cable_in_neither_bites_nor_is_gone(
    target: FakeTarget, network: str
) -> None:
    CarrierLoss(VICTIM, (network,)).inject(target)
    both = CarrierLoss(VICTIM, RINGS)
    assert (both.bites(target), both.gone(target)) == (False, False)


def test_cables_of_other_networks_and_nodes_are_none_of_its_business(target: FakeTarget) -> None:
    CarrierLoss(VICTIM, ("mgmt",)).inject(target)
    CarrierLoss(PLAN.data_nodes[1], RINGS).inject(target)
    assert CarrierLoss(VICTIM, RINGS).gone(target)
    assert not CarrierLoss(VICTIM, RINGS).bites(target)


def test_a_file_system_is_filled_in_one_command(target: FakeTarget) -> None:
    target.shell.answer(FILL)
    FullFilesystem(VICTIM, "/var").inject(target)
    [(name, command)] = target.shell.asked
    assert name == VICTIM.name
    assert "file=/var/quorate.fill" in command


def test_a_file_system_that_cannot_be_filled_is_said(target: FakeTarget) -> None:
    target.shell.answer(FILL, code=1, stderr="sh: not found")
    with pytest.raises(ShellError, match="sh: not found"):
        FullFilesystem(VICTIM, "/var").inject(target)


@pytest.mark.parametrize(("code", "full"), [(0, False), (1, True)])
def test_a_file_system_is_full_when_not_even_one_block_fits(
    target: FakeTarget, code: int, full: bool
) -> None:
    target.shell.answer(TRY, code=code)
    fault = FullFilesystem(VICTIM, "/var")
    assert (fault.bites(target), fault.gone(target)) == (full, not full)


def test_a_full_node_that_does_not_answer_bites_as_it_did(target: FakeTarget) -> None:
    target.shell.silent.add(VICTIM.name)
    fault = FullFilesystem(VICTIM, "/var")
    assert (fault.bites(target), fault.gone(target)) == (True, False)


def test_the_blocks_are_given_back(target: FakeTarget) -> None:
    target.shell.answer(FREE)
    FullFilesystem(VICTIM, "/var").lift(target)
    assert len(target.shell.asked) == 1


def test_the_blocks_are_given_back_when_the_node_returns(
    target: FakeTarget, clock: FakeClock
) -> None:
    begin = clock.now_s
    target.shell.answer(FREE)
    target.shell.silent.add(VICTIM.name)
    clock.after(60, target.shell.silent.clear)
    FullFilesystem(VICTIM, "/var").lift(target)
    assert len(target.shell.asked) == 1
    assert clock.now_s - begin == 60


def test_blocks_that_cannot_be_freed_are_tried_again(target: FakeTarget, clock: FakeClock) -> None:
    target.shell.answer(FREE, code=1)
    clock.after(5, lambda: target.shell.answer(FREE))
    FullFilesystem(VICTIM, "/var").lift(target)
    assert len(target.shell.asked) > 1


@pytest.mark.usefixtures("clock")
def test_a_node_that_does_not_return_keeps_its_blocks(target: FakeTarget) -> None:
    target.shell.silent.add(VICTIM.name)
    limit = f"not in {RETURN / timedelta(seconds=1):.0f} s: the space on alpha is free"
    with pytest.raises(Timeout, match=limit):
        FullFilesystem(VICTIM, "/var").lift(target)
