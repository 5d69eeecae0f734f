"""The disk under a replica is slow, or forgets what it confirmed."""

from datetime import timedelta

import pytest

from harness import (
    BadReplica,
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    NodePlan,
    Objectives,
    nobody_fenced_but,
    runs_on,
    up_to_date,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.storage]

HELD = timedelta(seconds=30)
FORGOTTEN = timedelta(seconds=15)
"""Each store is written once a second, so the disk forgets several writes."""
VERIFIED = timedelta(minutes=3)
"""In emulation, DRBD compares the 512 MiB of a guest in 45 s."""
FOUND = (
    r"^kernel: (block drbd\d+|drbd \S+( drbd\d+)?): (Online verify found \d+ 4k blocks? out of sync"
    r"|Out of sync: start=|conn\( Disconnecting -> StandAlone \))"
)
VERIFY = """
drbdadm verify {guest} || exit
until [ "$(drbdadm cstate {guest})" = Connected ]; do sleep 1; done
grep -A 1 '^ *{guest.minor}: ' /proc/drbd | grep -Eo 'oos:[0-9]+'"""
RECONNECT = "drbdadm disconnect {guest} && drbdadm connect {guest}"
"""DRBD copies the blocks that differ when the replicas connect (drbdadm(8), verify)."""


@pytest.mark.parametrize("side", ["host", "peer"])
def test_guest_keeps_serving_when_a_disk_is_slow(
    cluster: Cluster,
    guest: GuestPlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
    side: str,
) -> None:
    """Given a guest with a replica on each data node,
    when the disk under one of them takes 200 ms longer for each I/O,
    then no guest moves or is disturbed, and nobody is fenced.
    """
    host = cluster.host_of(guest)
    node = host if side == "host" else cluster.peer_of(host)
    for client in clients.values():
        client.require(objectives.unaffected)

    with inject(BadReplica(node, guest, "slow")):
        cluster.holds(runs_on(guest, host) & nobody_fenced_but(), throughout=HELD)


def test_writes_that_a_disk_has_forgotten_are_found_and_repaired(
    cluster: Cluster,
    guest: GuestPlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a secondary whose disk confirms writes and forgets them,
    when a person lets DRBD verify the replicas, and connects them anew,
    then DRBD finds the blocks that differ and repairs them, and no guest was disturbed.
    """
    host, peer = cluster.host_of(guest), cluster.peer_of(cluster.host_of(guest))
    for client in clients.values():
        client.require(objectives.unaffected)
    cluster.expects(FOUND, "the test lets a disk forget writes")

    with inject(BadReplica(peer, guest, "forgetful")):
        cluster.holds(runs_on(guest, host), throughout=FORGOTTEN)
    assert differing_kib(cluster, host, guest) > 0
    cluster.target.shell.check(peer, RECONNECT.format(guest=guest))
    cluster.wait_until(up_to_date(guest))
    assert differing_kib(cluster, host, guest) == 0


def differing_kib(cluster: Cluster, node: NodePlan, guest: GuestPlan) -> int:
    """Let DRBD compare both replicas online, and return by how many KiB they differ."""
    shown = cluster.target.shell.check(node, VERIFY.format(guest=guest), deadline=VERIFIED)
    return int(shown.rpartition(":")[2])
