"""A node goes down, comes back, and goes down again."""

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    PowerOff,
    fenced,
    runs_on,
    settled,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.power]


def test_guest_stays_on_the_steady_node_when_the_other_one_flaps(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on one data node,
    when that node loses power, returns, and loses power again,
    then the guest fails over once, in time, stays on the other data node, and no acknowledged
    write is lost.
    """
    flapping = cluster.host_of(guest)
    steady = cluster.peer_of(flapping)
    probe.require(objectives.flapping_node.hit)
    bystander.require(objectives.flapping_node.bystander)

    with inject(PowerOff(flapping)):
        cluster.wait_until(fenced(flapping) & runs_on(guest, steady))
        probe.wait_until_answered()
    cluster.wait_until(settled(cluster.target.plan), within=cluster.target.timings.rejoin_patience)
    with inject(PowerOff(flapping)):
        cluster.wait_until(fenced(flapping, times=2) & runs_on(guest, steady))
        probe.wait_until_answered()
