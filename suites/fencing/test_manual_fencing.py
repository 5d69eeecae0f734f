"""A person fences a node: its guests move, and the node returns."""

import pytest

from harness import (
    Cluster,
    Fencing,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    fenced,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.quick, pytest.mark.fencing]


def test_guest_moves_when_a_person_fences_its_node(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on a data node,
    when a person has Pacemaker fence that node,
    then the other data node runs the guest in time, no acknowledged write is lost, the other
    guest is not disturbed, and the node returns by itself.
    """
    victim = cluster.host_of(guest)
    probe.require(objectives.power_cut.hit)
    bystander.require(objectives.power_cut.bystander)

    with inject(Fencing(victim)):
        cluster.wait_until(fenced(victim) & runs_on(guest, cluster.peer_of(victim)))
        probe.wait_until_answered()
