"""One Corosync ring is lost: the other one carries the membership, and nothing else happens."""

from datetime import timedelta
from typing import Literal

import pytest

from harness import (
    Cluster,
    DroppedTraffic,
    GuestClient,
    Injector,
    Objectives,
    nobody_fenced_but,
)

pytestmark = pytest.mark.network

HELD = timedelta(seconds=30)
PORTS = {"backplane": 5405, "lan": 5406}
"""Corosync's UDP port on each ring: 5405 plus the number of the link (seen with ss)."""
Way = Literal["both", "in", "out"]
LOSSES: dict[str, tuple[Way, int]] = {
    "all packets": ("both", 100),
    "incoming packets": ("in", 100),
    "outgoing packets": ("out", 100),
    "5 % of all packets": ("both", 5),
    "30 % of all packets": ("both", 30),
}


@pytest.mark.parametrize("network", PORTS)
@pytest.mark.parametrize(("way", "percent"), LOSSES.values(), ids=LOSSES)
def test_nothing_happens_when_a_data_node_loses_packets_of_one_ring(
    cluster: Cluster,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
    network: str,
    way: Way,
    percent: int,
) -> None:
    """Given two Corosync rings, each on a network of its own,
    when a data node loses packets of one ring, all or some, in both directions or in one,
    then nobody is fenced, no guest moves or is disturbed, and both rings are connected at the end.
    """
    node = cluster.target.plan.data_nodes[0]
    for client in clients.values():
        client.require(objectives.unaffected)

    with inject(DroppedTraffic(node, (network,), way, ports=(PORTS[network],), percent=percent)):
        cluster.holds(nobody_fenced_but(), throughout=HELD)
