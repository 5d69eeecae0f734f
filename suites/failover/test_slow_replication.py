"""A node loses power while its replication is slow."""

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    PowerOff,
    SlowTraffic,
    fenced,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.network]

DELAY_MS = 1000
"""Longer than the time between two writes, so that at least one of each store is on its way."""


def test_no_write_is_lost_when_a_node_with_slow_replication_loses_power(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest whose writes need a second to reach the other replica,
    when its node loses power,
    then the guest fails over, and every write that was acknowledged is there: none is acknowledged
    before it is on both disks.
    """
    host = cluster.host_of(guest)
    bystander.require(objectives.power_cut.bystander)

    with inject(SlowTraffic(host, ("backplane",), delay_ms=DELAY_MS)):
        probe.wait_until_answered()
        with inject(PowerOff(host)):
            cluster.wait_until(fenced(host) & runs_on(guest, cluster.peer_of(host)))
            probe.wait_until_answered()
