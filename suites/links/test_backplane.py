"""The backplane of a node is lost: ring 1 keeps the membership, each guest stays where it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from harness import (
    CarrierLoss,
    Cluster,
    DroppedTraffic,
    Fault,
    GuestClient,
    Injector,
    NodePlan,
    Objectives,
    nobody_fenced_but,
)

pytestmark = pytest.mark.network

HELD = timedelta(seconds=30)
LOSSES: dict[str, Callable[[NodePlan], Fault]] = {
    "carrier": lambda node: CarrierLoss(node, ("backplane",)),
    "all packets": lambda node: DroppedTraffic(node, ("backplane",)),
    "incoming packets": lambda node: DroppedTraffic(node, ("backplane",), "in"),
    "outgoing packets": lambda node: DroppedTraffic(node, ("backplane",), "out"),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_guests_stay_when_a_data_node_loses_its_backplane(
    cluster: Cluster,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
    loss: Callable[[NodePlan], Fault],
) -> None:
    """Given ring 0 and the replication on the backplane, and ring 1 on another network,
    when a data node loses its carrier there, or packets in one direction or in both,
    then the membership holds on ring 1, nobody is fenced, no guest moves, each primary outdates its
    peer's replica and goes on, and after the lift both replicas are equal again.
    """
    node = cluster.target.plan.data_nodes[0]
    for client in clients.values():
        client.require(objectives.replication_loss.hit)

    with inject(loss(node)):
        cluster.holds(nobody_fenced_but(), throughout=HELD)
        for client in clients.values():
            client.wait_until_answered()
