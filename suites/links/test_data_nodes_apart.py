"""The data nodes do not hear each other, and both hear the arbitrator: links are not transitive."""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import timedelta

import pytest

from harness import (
    Cluster,
    Condition,
    DroppedTraffic,
    GuestClient,
    GuestPlan,
    Injector,
    NodePlan,
    Objectives,
    every,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.network]

HELD = timedelta(seconds=30)


@pytest.mark.parametrize("ways", [2, 1], ids=["both ways", "one way"])
def test_one_data_node_survives_when_they_do_not_hear_each_other(
    cluster: Cluster,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
    ways: int,
) -> None:
    """Given three nodes with a vote each, connected by two rings,
    when the data nodes do not hear each other on both, or one does not hear the other, but both
    hear the arbitrator,
    then one of them is fenced and the other one runs all guests, and all nodes are members again
    when they hear each other (f3: group messages hung for ever).

        host ═╳═ peer
          ╲      ╱
           arbiter
    """
    one, other = cluster.target.plan.data_nodes
    guests = list(cluster.target.plan.guests.values())

    for client in clients.values():
        client.require(objectives.isolation.hit)

    with ExitStack() as deaf:
        for node, peer in [(one, other), (other, one)][:ways]:
            deaf.enter_context(inject(DroppedTraffic(node, way="in", peer=peer)))
        cluster.wait_until(one_survivor(one, other, guests))
        for client in clients.values():
            client.wait_until_answered()
        cluster.holds(at_most_one_fenced(), throughout=HELD)


def one_survivor(one: NodePlan, other: NodePlan, guests: Iterable[GuestPlan]) -> Condition:
    """All guests run on the same data node."""
    sides = [every(f"all on {node}", [runs_on(g, node) for g in guests]) for node in (one, other)]
    return Condition("one data node runs all guests", lambda s: any(x.holds(s) for x in sides))


def at_most_one_fenced() -> Condition:
    """Not both data nodes were fenced."""
    return Condition("at most one node is fenced", lambda s: len(s.view.fencings) <= 1)
