"""A cold start of the whole cluster with one node missing."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    Injector,
    NodePlan,
    PowerOff,
    every,
    fenced,
    runs_on,
    stopped_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.operations, pytest.mark.minutes]

HELD = timedelta(seconds=60)


def test_both_data_nodes_run_their_guests_after_a_cold_start_without_the_arbitrator(
    cluster: Cluster, clients: dict[str, GuestClient], inject: Injector
) -> None:
    """Given a cluster whose nodes have all lost power,
    when both data nodes have power again,
    then they become quorate, fence the arbitrator, and run all guests without help, each once and
    with its newest data.
    """
    guests = cluster.target.plan.guests.values()
    runs = [runs_on(guest, cluster.host_of(guest)) for guest in guests]

    with ExitStack() as arbitrator, ExitStack() as blackout:
        arbitrator.enter_context(inject(PowerOff(cluster.arbitrator)))
        for node in cluster.target.plan.data_nodes:
            blackout.enter_context(inject(PowerOff(node)))
        blackout.close()
        cluster.wait_until(
            every("both data nodes run their guests", runs),
            within=cluster.target.timings.rejoin_patience,
        )
        for client in clients.values():
            client.wait_until_answered()


@pytest.mark.parametrize("number", [0, 1], ids=["the first", "the second"])
def test_guests_stay_down_after_a_cold_start_without_a_data_node(
    cluster: Cluster, clients: dict[str, GuestClient], inject: Injector, number: int
) -> None:
    """Given a cluster whose nodes have all lost power,
    when one data node and the arbitrator have power again,
    then they become quorate and fence the other data node, and promote nothing: the replica that is
    there cannot know whether the other one has newer data (crm-fence-peer.sh answers 5). A person
    may decide that with `drbdadm primary --force`. When the other node returns, all guests run.
    """
    guests = cluster.target.plan.guests.values()
    missing: NodePlan = cluster.target.plan.data_nodes[number]
    present = cluster.peer_of(missing)
    down = every("no guest runs", [stopped_on(guest, present) for guest in guests])

    with ExitStack() as absence, ExitStack() as blackout:
        absence.enter_context(inject(PowerOff(missing)))
        for node in (present, cluster.arbitrator):
            blackout.enter_context(inject(PowerOff(node)))
        blackout.close()
        cluster.wait_until(fenced(missing), within=cluster.target.timings.rejoin_patience)
        cluster.holds(down, throughout=HELD)
    for client in clients.values():
        client.wait_until_answered()
