"""Only the replication of a guest is cut: its primary goes on alone, nobody is fenced."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    DroppedTraffic,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.quick, pytest.mark.network]

HELD = timedelta(seconds=30)


def test_primary_goes_on_alone_when_its_replication_is_cut(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest with a replica on each data node,
    when all packets of its replication are dropped, and both Corosync rings work,
    then its peer's replica is outdated before the primary acknowledges writes again, nobody is
    fenced, no guest moves, and after the lift both replicas are equal.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.replication_loss.hit)
    bystander.require(objectives.unaffected)

    with inject(DroppedTraffic(host, ("backplane",), ports=(guest.port,))):
        cluster.holds(nobody_fenced_but() & runs_on(guest, host), throughout=HELD)
        probe.wait_until_answered()
