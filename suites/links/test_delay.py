"""The packets of a data node are delayed on one network."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    DelayedTraffic,
    GuestClient,
    Injector,
    Objectives,
    nobody_fenced_but,
)

HELD = timedelta(seconds=45)


@pytest.mark.parametrize("network", ["backplane", "lan"])
def test_nothing_moves_when_the_packets_of_a_data_node_are_delayed(
    cluster: Cluster,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
    network: str,
) -> None:
    """Given a Corosync token that is longer than a slow link,
    when each packet of a data node is delayed by 200 ms on one network,
    then nobody is fenced, and no guest moves or is disturbed.
    """
    node = cluster.target.plan.data_nodes[0]
    for client in clients.values():
        client.require(objectives.unaffected)

    with inject(DelayedTraffic(node, (network,), 200)):
        cluster.holds(nobody_fenced_but(), throughout=HELD)
