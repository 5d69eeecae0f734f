"""Each fault does its harm, sees that it is there, and takes it back; lifting twice is harmless."""

import pickle
from datetime import timedelta

import pytest

from harness.faults.fault import Fault
from harness.faults.network import CarrierLoss
from harness.faults.power import PowerOff
from harness.faults.storage import RETURN, FullFilesystem
from harness.plan.load import load
from harness.plan.plan import NETWORKS, RINGS
from harness.target.shell import ShellError
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock, FakeLab

PLAN = load()
VICTIM = PLAN.data_nodes[0]
ALL = [PowerOff(VICTIM), CarrierLoss(VICTIM), FullFilesystem(VICTIM, "/var")]
FILL, TRY, FREE = "fallocate", r"conv=fsync", r"^rm -f /var/quorate\.fill"
"""The commands by which a file system is filled, tried, and freed."""


@pytest.mark.parametrize("fault", ALL, ids=str)
def test_a_fault_can_be_sent_to_another_process(fault: Fault) -> None:
    assert pickle.loads(pickle.dumps(fault)) == fault


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (PowerOff(VICTIM), "power cut of alpha"),
        (CarrierLoss(VICTIM), "carrier loss of alpha on backplane and lan"),
        (FullFilesystem(VICTIM, "/var"), "/var full on alpha"),
    ],
)
def test_a_fault_reads_as_what_it_does(fault: Fault, text: str) -> None:
    assert str(fault) == text


@pytest.mark.parametrize("fault", ALL, ids=str)
def test_its_victim_alone_may_be_fenced_for_it_and_its_guests_may_move(fault: Fault) -> None:
    assert fault.victims == (VICTIM,)
    assert fault.may_be_fenced == (VICTIM,)
    assert fault.disturbs_guests is True


@pytest.mark.parametrize("fault", ALL[:2], ids=str)
def test_a_fault_of_the_hypervisor_bites_until_it_is_lifted(fault: Fault, lab: FakeLab) -> None:
    seen = [(fault.bites(lab), fault.gone(lab))]
    for act in (fault.inject, fault.inject, fault.lift, fault.lift):
        act(lab)
        seen.append((fault.bites(lab), fault.gone(lab)))
    healthy, harmed = (False, True), (True, False)
    assert seen == [healthy, harmed, harmed, healthy, healthy]


def test_a_power_cut_hits_its_victim_only(lab: FakeLab) -> None:
    PowerOff(VICTIM).inject(lab)
    assert [name for name, on in lab.hypervisor.powered.items() if not on] == [VICTIM.name]


@pytest.mark.parametrize("networks", [RINGS, ("lan",), NETWORKS], ids=" and ".join)
def test_only_the_named_cables_are_pulled(networks: tuple[str, ...], lab: FakeLab) -> None:
    CarrierLoss(VICTIM, networks).inject(lab)
    assert lab.hypervisor.pulled == {(VICTIM.name, PLAN.mac(VICTIM, net)) for net in networks}


@pytest.mark.parametrize("network", RINGS)
def test_a_carrier_loss_with_one_cable_in_neither_bites_nor_is_gone(
    lab: FakeLab, network: str
) -> None:
    CarrierLoss(VICTIM, (network,)).inject(lab)
    both = CarrierLoss(VICTIM, RINGS)
    assert (both.bites(lab), both.gone(lab)) == (False, False)


def test_cables_of_other_networks_and_nodes_are_none_of_its_business(lab: FakeLab) -> None:
    CarrierLoss(VICTIM, ("mgmt",)).inject(lab)
    CarrierLoss(PLAN.data_nodes[1], RINGS).inject(lab)
    assert CarrierLoss(VICTIM, RINGS).gone(lab)
    assert not CarrierLoss(VICTIM, RINGS).bites(lab)


def test_a_file_system_is_filled_in_one_command(lab: FakeLab) -> None:
    lab.shell.answer(FILL)
    FullFilesystem(VICTIM, "/var").inject(lab)
    [(name, command)] = lab.shell.asked
    assert name == VICTIM.name
    assert "file=/var/quorate.fill" in command


def test_a_file_system_that_cannot_be_filled_is_said(lab: FakeLab) -> None:
    lab.shell.answer(FILL, code=1, stderr="sh: not found")
    with pytest.raises(ShellError, match="sh: not found"):
        FullFilesystem(VICTIM, "/var").inject(lab)


@pytest.mark.parametrize(("code", "full"), [(0, False), (1, True)])
def test_a_file_system_is_full_when_not_even_one_block_fits(
    lab: FakeLab, code: int, full: bool
) -> None:
    lab.shell.answer(TRY, code=code)
    fault = FullFilesystem(VICTIM, "/var")
    assert (fault.bites(lab), fault.gone(lab)) == (full, not full)


def test_a_full_node_that_does_not_answer_bites_as_it_did(lab: FakeLab) -> None:
    lab.shell.silent.add(VICTIM.name)
    fault = FullFilesystem(VICTIM, "/var")
    assert (fault.bites(lab), fault.gone(lab)) == (True, False)


def test_the_blocks_are_given_back(lab: FakeLab) -> None:
    lab.shell.answer(FREE)
    FullFilesystem(VICTIM, "/var").lift(lab)
    assert len(lab.shell.asked) == 1


def test_the_blocks_are_given_back_when_the_node_returns(lab: FakeLab, clock: FakeClock) -> None:
    begin = clock.now_s
    lab.shell.answer(FREE)
    lab.shell.silent.add(VICTIM.name)
    clock.after(60, lab.shell.silent.clear)
    FullFilesystem(VICTIM, "/var").lift(lab)
    assert len(lab.shell.asked) == 1
    assert clock.now_s - begin == 60


def test_blocks_that_cannot_be_freed_are_tried_again(lab: FakeLab, clock: FakeClock) -> None:
    lab.shell.answer(FREE, code=1)
    clock.after(5, lambda: lab.shell.answer(FREE))
    FullFilesystem(VICTIM, "/var").lift(lab)
    assert len(lab.shell.asked) > 1


@pytest.mark.usefixtures("clock")
def test_a_node_that_does_not_return_keeps_its_blocks(lab: FakeLab) -> None:
    lab.shell.silent.add(VICTIM.name)
    limit = f"not in {RETURN / timedelta(seconds=1):.0f} s: alpha takes its space back"
    with pytest.raises(Timeout, match=limit):
        FullFilesystem(VICTIM, "/var").lift(lab)
