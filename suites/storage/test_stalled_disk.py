"""The disk under a replica accepts no I/O and reports no error (f1)."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    StalledReplica,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.storage]

HELD = timedelta(seconds=20)


@pytest.mark.parametrize("side", ["host", "peer"])
def test_writes_go_on_when_a_disk_has_stalled(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
    side: str,
) -> None:
    """Given a guest with a replica on each data node,
    when the disk under one of them accepts no I/O for 20 s,
    then its writes are held no longer than that, its reads and the other guest are not disturbed,
    no guest moves, and nobody is fenced.
    """
    host = cluster.host_of(guest)
    node = host if side == "host" else cluster.peer_of(host)
    probe.require(objectives.stalled_disk.hit)
    bystander.require(objectives.unaffected)

    with inject(StalledReplica(node, guest)):
        cluster.holds(runs_on(guest, host) & nobody_fenced_but(), throughout=HELD)
    probe.wait_until_answered()
