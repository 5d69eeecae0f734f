"""Data nodes lose the guests' network: the ping rule moves a guest to a node that has it."""

from contextlib import ExitStack

import pytest

from harness import (
    CarrierLoss,
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    every,
    nobody_fenced_but,
    runs_on,
)
from suites.links.ping_rule import time_to_act

pytestmark = [pytest.mark.one_guest, pytest.mark.network, pytest.mark.minutes]


def test_guest_moves_when_its_node_loses_the_lan(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest that clients reach over the lan, and Corosync's ring 0 on another network,
    when the guest's node loses its carrier on the lan,
    then its ping to the target fails, Pacemaker moves the guest to the other data node in time,
    nobody is fenced, the other guest is not disturbed, and nothing fails back.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.lan_loss.hit)
    bystander.require(objectives.lan_loss.bystander)

    with inject(CarrierLoss(host, ("lan",))):
        cluster.wait_until(runs_on(guest, cluster.peer_of(host)) & nobody_fenced_but())
        probe.wait_until_answered()


def test_guests_stay_when_both_data_nodes_lose_the_lan(
    cluster: Cluster, clients: dict[str, GuestClient], inject: Injector
) -> None:
    """Given a rule that moves a guest from a node that has lost the lan,
    when both data nodes lose their carrier on it,
    then no node is better than the other: no guest moves, nobody is fenced, and the guests answer
    again when the carrier returns.
    """
    guests = cluster.target.plan.guests.values()
    stay = every("no guest moves", [runs_on(guest, cluster.host_of(guest)) for guest in guests])

    with ExitStack() as lost:
        for node in cluster.target.plan.data_nodes:
            lost.enter_context(inject(CarrierLoss(node, ("lan",))))
        cluster.holds(stay & nobody_fenced_but(), throughout=time_to_act(cluster))
    for client in clients.values():
        client.wait_until_answered()
