"""A node stops working, but keeps its power: its guests fail over as after a power cut."""

import time
from datetime import timedelta
from typing import Literal

import pytest

from harness import (
    Cluster,
    FrozenNode,
    GuestClient,
    GuestPlan,
    Injector,
    KernelCrash,
    Objectives,
    PowerOff,
    StoppedProcess,
    fenced,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.power]

HELD = timedelta(seconds=30)
SHORT_S = 1.0
"""A pause that any cluster must survive: a snapshot or a busy hypervisor takes as long."""
PANIC = r"^kernel: (\[.*\] )?Kernel panic - not syncing: sysrq triggered crash"


@pytest.mark.parametrize("how", ["panic", "reset"])
def test_guest_moves_when_the_kernel_of_its_node_crashes(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
    how: Literal["panic", "reset"],
) -> None:
    """Given a guest on one data node,
    when the kernel of that node panics and hangs, or resets the machine,
    then the node is fenced, the other data node runs the guest in time, no write is lost,
    the other guest is not disturbed, and the node rejoins by itself.
    """
    victim = cluster.host_of(guest)
    probe.require(objectives.power_cut.hit)
    bystander.require(objectives.power_cut.bystander)
    cluster.expects(PANIC, "the test triggers this panic")

    with inject(KernelCrash(victim, how)):
        cluster.wait_until(fenced(victim) & runs_on(guest, cluster.peer_of(victim)))
        probe.wait_until_answered()


def test_guest_moves_when_its_node_freezes_for_longer_than_the_token(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on one data node,
    when all processors of that node stand still,
    then the node is fenced before it can act again, the other data node runs the guest in time,
    no write is lost, none lands late, the other guest is not disturbed, and the node rejoins.
    """
    victim = cluster.host_of(guest)
    probe.require(objectives.power_cut.hit)
    bystander.require(objectives.power_cut.bystander)

    with inject(FrozenNode(victim)):
        cluster.wait_until(fenced(victim) & runs_on(guest, cluster.peer_of(victim)))
        probe.wait_until_answered()


def test_nothing_moves_when_a_node_freezes_for_a_second(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on one data node,
    when all processors of that node stand still for a second, which is shorter than the token,
    then no node is fenced, no guest moves, and each is out only for as long as the freeze.
    """
    host = cluster.host_of(guest)
    for client in (probe, bystander):
        client.require(objectives.short_freeze.hit)

    with inject(FrozenNode(host)):
        time.sleep(SHORT_S)  # the length of the freeze is the fault
    cluster.holds(nobody_fenced_but() & runs_on(guest, host), throughout=HELD)


def test_power_cut_soon_after_a_freeze_is_noticed_in_time(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a node whose Corosync stood still for a second, unpunished,
    when that node loses power some seconds later,
    then the membership, the fencing and the failover take no longer than in a plain power cut (f8).
    """
    host = cluster.host_of(guest)
    token_s = cluster.target.plan.corosync.token_ms / 1000
    probe.require(objectives.power_cut.hit)
    bystander.require(objectives.power_cut.bystander)

    with inject(StoppedProcess(host, "corosync")):
        time.sleep(SHORT_S)  # the length of the freeze is the fault
    time.sleep(token_s)  # until the next token, so that these are two faults
    cluster.holds(nobody_fenced_but() & runs_on(guest, host), throughout=timedelta())
    with inject(PowerOff(host)):
        cluster.wait_until(fenced(host) & runs_on(guest, cluster.peer_of(host)))
        probe.wait_until_answered()
