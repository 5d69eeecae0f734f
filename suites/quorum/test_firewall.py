"""A data node does not hear the other nodes, but its clients reach it: it must lose no write."""

import pytest

from harness import (
    Cluster,
    DroppedTraffic,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    fenced,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.network]

COROSYNC = (5405, 5406)
"""UDP ports of the two rings: 5405 plus the number of the link (seen with ss)."""


def test_no_write_is_lost_when_a_firewall_cuts_the_host_from_the_cluster(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest whose clients use the same networks as the cluster,
    when its node drops the packets of both Corosync rings and of the replication,
    then the node acknowledges no write that its peer does not have, it is fenced, the other data
    node runs the guest in time, and no acknowledged write is lost.
    """
    host = cluster.host_of(guest)
    replication = [one.port for one in cluster.target.plan.guests.values()]
    probe.require(objectives.isolation.hit)
    bystander.require(objectives.isolation.bystander)

    with inject(DroppedTraffic(host, ports=(*COROSYNC, *replication))):
        cluster.wait_until(fenced(host) & runs_on(guest, cluster.peer_of(host)))
        probe.wait_until_answered()
