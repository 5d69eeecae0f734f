"""The management network of a node is lost: the cluster needs it only for fencing."""

from datetime import timedelta

import pytest

from harness import (
    CarrierLoss,
    Cluster,
    GuestClient,
    Injector,
    NodePlan,
    Objectives,
    nobody_fenced_but,
)

pytestmark = pytest.mark.network

HELD = timedelta(seconds=30)


def test_nothing_moves_when_a_node_loses_the_management_network(
    cluster: Cluster,
    node: NodePlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given guests on the lan, and Corosync on the backplane and the lan,
    when a node loses its carrier on the management network,
    then nobody is fenced, and no guest moves or is disturbed.
    """
    for client in clients.values():
        client.require(objectives.unaffected)

    with inject(CarrierLoss(node, ("mgmt",))):
        cluster.holds(nobody_fenced_but(), throughout=HELD)
