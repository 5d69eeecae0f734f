"""A node stops working, but keeps its power: its guests fail over as after a power cut."""

import pytest

from harness import (
    Cluster,
    FrozenNode,
    GuestClient,
    GuestPlan,
    Injector,
    KernelCrash,
    Objectives,
    fenced,
    runs_on,
)

pytestmark = pytest.mark.one_guest

PANIC = r"^kernel: (\[.*\] )?Kernel panic - not syncing: sysrq triggered crash"


def test_guest_moves_when_the_kernel_of_its_node_panics(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on one data node,
    when the kernel of that node panics and hangs,
    then the node is fenced, the other data node runs the guest in time, no write is lost,
    the other guest is not disturbed, and the node rejoins.
    """
    victim = cluster.host_of(guest)
    probe.require(objectives.power_cut.hit)
    bystander.require(objectives.power_cut.bystander)
    cluster.expects(PANIC, "the test triggers this panic")

    with inject(KernelCrash(victim, "panic")):
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
