"""All nodes lose power at once, and come back."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    PowerOff,
    fenced,
    online,
    runs_on,
    settled,
    stopped_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.power, pytest.mark.minutes]

HELD = timedelta(seconds=60)


def test_all_guests_come_back_after_a_blackout(
    cluster: Cluster, clients: dict[str, GuestClient], inject: Injector
) -> None:
    """Given a guest on each data node,
    when all nodes lose power at once, and it returns,
    then the nodes form the cluster again without help, no node is fenced while it boots, every
    guest runs once, and no acknowledged write is lost.
    """
    with ExitStack() as blackout:
        for node in cluster.nodes:
            blackout.enter_context(inject(PowerOff(node)))
    cluster.wait_until(settled(cluster.target.plan), within=cluster.target.timings.rejoin_patience)
    for client in clients.values():
        client.wait_until_answered()


@pytest.mark.parametrize("first", ["stale", "newest"])
def test_newest_data_wins_after_a_blackout(
    cluster: Cluster,
    guest: GuestPlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    first: str,
) -> None:
    """Given a guest that has failed over, and the replica of its former host, which is stale,
    when all nodes have lost power and one data node returns with the arbitrator,
    then the node with the newest data runs the guest, and the one with the stale data does not,
    until the other one is back. No acknowledged write is lost.
    """
    stale = cluster.host_of(guest)
    newest = cluster.peer_of(stale)
    cluster.allow_fencing(
        stale, "Pacemaker fences nodes that it has not seen since its own start (startup-fencing)"
    )

    with ExitStack() as late, ExitStack() as early:
        (early if first == "stale" else late).enter_context(inject(PowerOff(stale)))
        cluster.wait_until(fenced(stale) & runs_on(guest, newest))
        clients[guest.name].wait_until_answered()
        (late if first == "stale" else early).enter_context(inject(PowerOff(newest)))
        early.enter_context(inject(PowerOff(cluster.arbitrator)))
        early.close()
        if first == "stale":
            cluster.wait_until(
                online([stale, cluster.arbitrator]), within=cluster.target.timings.rejoin_patience
            )
            cluster.holds(stopped_on(guest, stale), throughout=HELD)
        else:
            cluster.wait_until(
                runs_on(guest, newest), within=cluster.target.timings.rejoin_patience
            )
    cluster.wait_until(settled(cluster.target.plan), within=cluster.target.timings.rejoin_patience)
    for client in clients.values():
        client.wait_until_answered()
