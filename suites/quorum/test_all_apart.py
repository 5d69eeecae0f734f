"""No node hears another one: nobody has quorum."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from harness import (
    CarrierLoss,
    Cluster,
    GuestClient,
    Injector,
    every,
    nobody_fenced_but,
    settled,
    stopped_on,
)
from suites.quorum.held_writes import expect_failed_stop

pytestmark = [pytest.mark.network, pytest.mark.minutes]

HELD = timedelta(seconds=20)


def test_every_guest_stops_when_all_nodes_are_apart(
    cluster: Cluster, clients: dict[str, GuestClient], inject: Injector
) -> None:
    """Given three nodes with a vote each,
    when all lose both rings at once,
    then no node has quorum: every guest stops, none starts, nobody is fenced. When they hear each
    other, nodes whose guest could not be stopped are fenced, and all guests run again.
    """
    data_nodes = cluster.target.plan.data_nodes
    guests = cluster.target.plan.guests.values()
    nothing_runs = every(
        "no guest runs", [stopped_on(guest, node) for guest in guests for node in data_nodes]
    )
    expect_failed_stop(cluster, *data_nodes)

    with ExitStack() as apart:
        for node in cluster.nodes:
            apart.enter_context(inject(CarrierLoss(node)))
        cluster.wait_until(nothing_runs)
        cluster.holds(nothing_runs & nobody_fenced_but(), throughout=HELD)
    cluster.wait_until(settled(cluster.target.plan), within=cluster.target.timings.rejoin_patience)
    for client in clients.values():
        client.wait_until_answered()
