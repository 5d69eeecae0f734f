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

pytestmark = [pytest.mark.one_guest, pytest.mark.storage]

HELD = timedelta(seconds=30)
DRBD = (
    r"^kernel: (block drbd\d+|drbd {guest}(/\d+ drbd\d+)?): "
    r".*(-> Failed |Failed -> |error=|(?i:\b(IO error|IO failed|local|disk)\b))"
)
READER = r"^kernel: Buffer I/O error on dev dm-\d+, logical block \d+, async page read"


@pytest.mark.quick
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
    expect_errors_of_its_disk(cluster, guest)

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
    expect_errors_of_its_disk(cluster, guest)

    with inject(FailedReplica(cluster.peer_of(host), guest)):
        cluster.holds(runs_on(guest, host) & nobody_fenced_but(), throughout=HELD)


def expect_errors_of_its_disk(cluster: Cluster, guest: GuestPlan) -> None:
    """Declare what the kernel logs when the disk under one of the guest's replicas fails."""
    cluster.expects(DRBD.format(guest=guest), "DRBD reports the failed disk under its replica")
    cluster.expects(READER, "udev reads each device whose table has changed")
