"""A link goes down and up again, several times."""

import time
from datetime import timedelta

import pytest

from harness import CarrierLoss, Cluster, GuestClient, Injector, Objectives, nobody_fenced_but

pytestmark = pytest.mark.network

TIMES = 5
DOWN_S, UP_S = 1.0, 3.0
HELD = timedelta(seconds=30)


@pytest.mark.parametrize("network", ["backplane", "lan"])
def test_nothing_moves_when_the_link_of_a_data_node_flaps(
    cluster: Cluster,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
    network: str,
) -> None:
    """Given two Corosync rings, each on a network of its own,
    when a data node loses its carrier on one of them for a second, five times,
    then nobody is fenced, and no guest moves or is out for longer than the link.
    """
    node = cluster.target.plan.data_nodes[0]
    for client in clients.values():
        client.require(objectives.flapping_link.hit)

    for _ in range(TIMES):
        with inject(CarrierLoss(node, (network,))):
            time.sleep(DOWN_S)
        time.sleep(UP_S)
    cluster.holds(nobody_fenced_but(), throughout=HELD)
