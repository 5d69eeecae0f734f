"""A node is put into standby: its guests move, without a fence."""

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    Standby,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.operations]


def test_guest_moves_when_its_node_is_put_into_standby(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on a data node,
    when a person puts the node into standby and later takes it out again,
    then the guest serves on the other data node in time, no acknowledged write is lost, the other
    guest is not disturbed, no node is fenced, and the guest does not fail back.
    """
    host = cluster.host_of(guest)
    peer = cluster.peer_of(host)
    probe.require(objectives.planned_move.hit)
    bystander.require(objectives.planned_move.bystander)

    with inject(Standby(host)):
        cluster.wait_until(runs_on(guest, peer) & nobody_fenced_but())
        probe.wait_until_answered()
