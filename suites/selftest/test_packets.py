"""Packets are dropped by rules of the node that receives or sends them."""

import re
from typing import Any, Literal

import pytest

from harness.faults.packets import DroppedTraffic
from harness.plan.load import load
from suites.selftest.fakes import FakeTarget

PLAN = load()
VICTIM, PEER = PLAN.data_nodes


def rules(target: FakeTarget, fault: DroppedTraffic) -> list[str]:
    """Return the rules that the fault adds, without their chains."""
    target.shell.answer("^nft -f -")
    fault.inject(target)
    [(node, command)] = target.shell.asked
    assert node == VICTIM.name
    return re.findall(r"^add rule netdev quorate (.*)$", command, re.MULTILINE)


@pytest.mark.parametrize(
    ("way", "hooks"), [("both", ["ingress", "egress"]), ("in", ["ingress"]), ("out", ["egress"])]
)
def test_packets_are_dropped_in_one_transaction(
    target: FakeTarget, way: Literal["both", "in", "out"], hooks: list[str]
) -> None:
    target.shell.answer("^nft -f -")
    DroppedTraffic(VICTIM, ("lan",), way).inject(target)
    [(name, command)] = target.shell.asked
    assert name == VICTIM.name
    assert re.findall(r"hook (\w+) device eth2 ", command) == hooks
    assert command.count("counter drop") == hooks.count("ingress")
    assert command.count("counter ether daddr set") == hooks.count("egress")


@pytest.mark.parametrize(("code", "there"), [(0, True), (1, False)])
def test_a_drop_bites_when_a_packet_was_dropped(target: FakeTarget, code: int, there: bool) -> None:
    target.shell.answer("^nft list table", code=code)
    target.shell.answer("^! nft list table", code=1 - code)
    fault = DroppedTraffic(VICTIM)
    assert (fault.bites(target), fault.gone(target)) == (there, not there)


def test_a_drop_has_ended_on_a_node_that_was_fenced_and_is_not_gone_until_it_answers(
    target: FakeTarget,
) -> None:
    target.shell.silent.add(VICTIM.name)
    fault = DroppedTraffic(VICTIM)
    assert (fault.bites(target), fault.gone(target)) == (False, False)


def test_a_drop_is_lifted_by_deleting_its_table(target: FakeTarget) -> None:
    target.shell.answer("nft delete table")
    DroppedTraffic(VICTIM).lift(target)
    assert len(target.shell.asked) == 1


@pytest.mark.parametrize(
    ("chosen", "matches"),
    [
        ({}, ["ingress-eth2 counter drop"]),
        ({"peer": PEER}, ["ingress-eth2 ip saddr 10.77.2.12 counter drop"]),
        (
            {"ports": (5405,)},
            ["ingress-eth2 th sport 5405 counter drop", "ingress-eth2 th dport 5405 counter drop"],
        ),
        ({"percent": 30}, ["ingress-eth2 numgen random mod 100 < 30 counter drop"]),
    ],
)
def test_only_the_chosen_packets_are_dropped(
    target: FakeTarget, chosen: dict[str, Any], matches: list[str]
) -> None:
    assert rules(target, DroppedTraffic(VICTIM, ("lan",), "in", **chosen)) == matches


def test_packets_to_a_peer_are_dropped_by_their_destination(target: FakeTarget) -> None:
    [rule] = rules(target, DroppedTraffic(VICTIM, ("lan",), "out", peer=PEER))
    assert rule == "egress-eth2 ip daddr 10.77.2.12 counter ether daddr set 02:00:00:00:00:00"


def test_either_of_two_nodes_that_do_not_hear_each_other_may_be_fenced() -> None:
    fault = DroppedTraffic(VICTIM, peer=PEER)
    assert (fault.victims, fault.may_be_fenced) == ((VICTIM,), (VICTIM, PEER))


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        (DroppedTraffic(VICTIM, ("mgmt",), "out", ports=(1229,)), "> /dev/udp/10.77.0.1/1229; "),
        (DroppedTraffic(VICTIM, ports=(5405,), peer=PEER), "> /dev/udp/10.77.1.12/5405; "),
        (DroppedTraffic(VICTIM, ("lan",), "in", ports=(5406,)), ""),
    ],
)
def test_a_quiet_port_gets_a_packet_to_drop(
    target: FakeTarget, fault: DroppedTraffic, sent: str
) -> None:
    target.shell.answer("nft list table")
    assert fault.bites(target)
    [(_, command)] = target.shell.asked
    assert command.partition("nft")[0].removeprefix("echo ") == sent
