"""The disk under a replica fails: DRBD detaches from it, and the guest goes on."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    FailedReplica,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    nobody_fenced_but,
    runs_on,
)

pytestmark = pytest.mark.one_guest

HELD = timedelta(seconds=60)
FAILED = r"^kernel: (block drbd\d+|drbd \S+( drbd\d+)?): .*(?i:error|fail)"
REASON = "the disk under the replica fails"


def test_guest_moves_when_the_disk_of_its_primary_fails(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest with a replica on each data node,
    when the disk under its primary fails all I/O,
    then DRBD detaches from it, Pacemaker moves the guest to the node with the other replica in
    time, no acknowledged write is lost, nobody is fenced, and the repaired replica is attached and
    resynchronised.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.planned_move.hit)
    bystander.require(objectives.planned_move.bystander)
    cluster.expects(FAILED, REASON)

    with inject(FailedReplica(host, guest)):
        cluster.wait_until(runs_on(guest, cluster.peer_of(host)) & nobody_fenced_but())
        probe.wait_until_answered()


def test_guest_stays_when_the_disk_of_its_secondary_fails(
    cluster: Cluster,
    guest: GuestPlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest with a replica on each data node,
    when the disk under its secondary fails all I/O,
    then DRBD detaches from it, no guest moves or is disturbed, nobody is fenced, and the repaired
    replica is attached and resynchronised.
    """
    host = cluster.host_of(guest)
    for client in clients.values():
        client.require(objectives.unaffected)
    cluster.expects(FAILED, REASON)

    with inject(FailedReplica(cluster.peer_of(host), guest)):
        cluster.holds(runs_on(guest, host) & nobody_fenced_but(), throughout=HELD)
