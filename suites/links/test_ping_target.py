"""The ping target is lost: a lost target must not stop the service."""

from contextlib import ExitStack

import pytest

from harness import (
    Cluster,
    GuestClient,
    Injector,
    LostPingTarget,
    Objectives,
    every,
    nobody_fenced_but,
    runs_on,
)
from suites.links.ping_rule import time_to_act

pytestmark = [pytest.mark.network, pytest.mark.minutes]


def test_guests_stay_when_all_nodes_lose_the_ping_target(
    cluster: Cluster,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a rule that moves a guest from a node that has lost its ping target,
    when both data nodes lose it, and each notices that at its own next monitor,
    then no guest moves or is disturbed (f5: a dampening shorter than the monitor's interval).
    """
    guests = cluster.target.plan.guests.values()
    stay = every("no guest moves", [runs_on(guest, cluster.host_of(guest)) for guest in guests])
    for client in clients.values():
        client.require(objectives.unaffected)

    with ExitStack() as lost:
        for node in cluster.target.plan.data_nodes:
            lost.enter_context(inject(LostPingTarget(node)))
        cluster.holds(stay & nobody_fenced_but(), throughout=time_to_act(cluster))
