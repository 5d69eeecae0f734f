"""A link of a data node is slow: its packets are delayed, or it carries few."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    Injector,
    NodePlan,
    Objectives,
    SlowTraffic,
    nobody_fenced_but,
)

pytestmark = pytest.mark.network

HELD = timedelta(seconds=30)
SLOW: dict[str, Callable[[NodePlan, str], SlowTraffic]] = {
    "delay of 200 ms": lambda node, network: SlowTraffic(node, (network,), delay_ms=200),
    "rate of 1 Mbit": lambda node, network: SlowTraffic(node, (network,), rate_kbit=1000),
}


@pytest.mark.parametrize("network", ["backplane", "lan"])
@pytest.mark.parametrize("slow", SLOW.values(), ids=SLOW)
def test_nothing_moves_when_a_link_of_a_data_node_is_slow(
    cluster: Cluster,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
    slow: Callable[[NodePlan, str], SlowTraffic],
    network: str,
) -> None:
    """Given a Corosync token that is longer than a slow link,
    when what a data node sends on one network is delayed by 200 ms, or limited to 1 Mbit/s,
    then nobody is fenced, and no guest moves or is disturbed.
    """
    node = cluster.target.plan.data_nodes[0]
    for client in clients.values():
        client.require(objectives.unaffected)

    with inject(slow(node, network)):
        cluster.holds(nobody_fenced_but(), throughout=HELD)
