"""One node is isolated from the others: only the majority may run guests."""

from datetime import timedelta

import pytest

from harness import (
    CarrierLoss,
    Cluster,
    GuestClient,
    GuestObjective,
    GuestPlan,
    Injector,
    NodePlan,
    Objectives,
    every,
    fenced,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.quick, pytest.mark.network]

MINUTES = timedelta(minutes=1)


def test_majority_keeps_the_guests_when_a_node_loses_both_rings(
    cluster: Cluster,
    node: NodePlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given three nodes with a vote each, connected by two rings,
    when one node loses its carrier on both,
    then the other two stay quorate and fence it, its guest runs on the majority's data node
    in time, guests of the majority are not disturbed, no other node is fenced,
    and the node rejoins when its carrier returns.

        node ═╳═ other      {node} | {other, third}
          ╲╳    ╱
           third
    """
    guests = cluster.target.plan.guests.values()
    hit = [guest for guest in guests if cluster.host_of(guest) == node]
    for guest in guests:
        clients[guest.name].require(_objective(objectives, guest, hit))
    failed_over = [runs_on(guest, cluster.peer_of(node)) for guest in hit]

    with inject(CarrierLoss(node)):
        cluster.wait_until(every("the majority runs all guests", [fenced(node), *failed_over]))
        for client in clients.values():
            client.wait_until_answered()
        cluster.holds(nobody_fenced_but(node), throughout=MINUTES / 3)


def _objective(objectives: Objectives, guest: GuestPlan, hit: list[GuestPlan]) -> GuestObjective:
    """Return the guest's objective. Without a guest on the node, no guest is affected."""
    if guest in hit:
        return objectives.isolation.hit
    return objectives.isolation.bystander if hit else objectives.unaffected
