"""The network goes in the second in which a node joins again (f7)."""

from datetime import timedelta

import pytest

from harness import (
    CarrierLoss,
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    PowerOff,
    fenced,
    members,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.network]

HELD = timedelta(seconds=45)


@pytest.mark.parametrize("after_s", [0.0, 0.5, 1.5])
def test_guest_stays_when_the_node_that_joins_loses_its_links(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
    after_s: float,
) -> None:
    """Given a node that has lost power, and its guest on the other data node,
    when the node returns and loses both rings just after the first membership of that boot,
    then it runs and promotes nothing, no guest on the other node is disturbed again, and the node
    joins when its links are back.
    """
    host, peer = cluster.host_of(guest), cluster.peer_of(cluster.host_of(guest))
    probe.require(objectives.flapping_node.hit)
    bystander.require(objectives.flapping_node.bystander)
    joins = members(len(cluster.nodes), seen_by=cluster.arbitrator)

    with inject(PowerOff(host)):
        cluster.wait_until(fenced(host) & runs_on(guest, peer))
        probe.wait_until_answered()
    with inject(CarrierLoss(host), when=joins.later(timedelta(seconds=after_s))):
        cluster.holds(runs_on(guest, peer), throughout=HELD)
