"""One node is cut off from the others: only the majority may run guests."""

from datetime import timedelta

from harness.cluster.cluster import Cluster
from harness.cluster.conditions import every, fenced, nobody_fenced_but, runs_on, settled
from harness.faults.inject import Injector
from harness.faults.network import CarrierLoss
from harness.judge.objectives import Objectives
from harness.observe.http_probe import Probes
from harness.plan import NodePlan

MINUTES = timedelta(minutes=1)


def test_majority_keeps_the_guests_when_a_node_loses_both_rings(
    cluster: Cluster, node: NodePlan, probes: Probes, inject: Injector, objectives: Objectives
) -> None:
    """Given three nodes with a vote each, connected by two rings,
    when one loses its carrier on both,
    then the other two stay quorate and fence it, its guest runs on the majority's data node
    in time, guests of the majority are not disturbed, nobody else is fenced,
    and it rejoins when its cables are back.

        node ═╳═ other      {node} | {other, third}
          ╲╳    ╱
           third
    """
    guests = cluster.lab.plan.guests.values()
    homes = {guest.name: cluster.host_of(guest) for guest in guests}
    moved = [guest for guest in guests if homes[guest.name] == node]
    moves = [runs_on(guest, cluster.peer_of(node)) for guest in moved]

    with inject(CarrierLoss(node)):
        cluster.wait_until(
            every("the majority has it all", [fenced(node), *moves]), within=6 * MINUTES
        )
        for guest in guests:
            probes.of[guest.name].wait_until_answered(within=4 * MINUTES)
        cluster.holds(nobody_fenced_but(node), throughout=MINUTES / 3)

    cluster.wait_until(settled(cluster.lab.plan), within=8 * MINUTES)
    limits = objectives.isolation
    for guest in guests:
        limit = limits.recovery_time if guest in moved else limits.bystander_outage
        probes.of[guest.name].keeps(limit)
        probes.of[guest.name].keeps(limits.lost_writes)
        stays = cluster.peer_of(node) if guest in moved else homes[guest.name]
        assert cluster.host_of(guest) == stays
