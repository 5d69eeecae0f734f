"""A node returns with a configuration that differs from that of the others."""

from datetime import timedelta

import pytest

from harness import (
    AlteredFile,
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    PowerOff,
    disconnected,
    fenced,
    offline,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.operations]

HELD = timedelta(seconds=75)
"""A node needs 40 s to boot and join."""
REFUSED = r"^(corosync|kernel): .*(?i:crypt|authenticate|incompatible|conn\()"
WHY = "both sides refuse to connect with different settings"


def test_node_with_other_settings_of_corosync_stays_out(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a node whose Corosync authenticates packets with another algorithm than the others,
    when it loses power and returns,
    then the others refuse it, it has no quorum and runs nothing, and it joins when its file is
    corrected.
    """
    host, peer = cluster.host_of(guest), cluster.peer_of(cluster.host_of(guest))
    probe.require(objectives.power_cut.hit)
    bystander.require(objectives.power_cut.bystander)
    cluster.expects(REFUSED, WHY)
    altered = AlteredFile(
        host,
        "/etc/corosync/corosync.conf",
        "s/crypto_hash: .*/crypto_hash: sha512/",
        "systemctl restart corosync pacemaker",
    )

    with inject(altered):
        with inject(PowerOff(host)):
            cluster.wait_until(fenced(host) & runs_on(guest, peer))
            probe.wait_until_answered()
        cluster.holds(runs_on(guest, peer) & offline(host), throughout=HELD)


def test_replica_with_other_settings_stays_disconnected(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a node whose replica of a guest has another policy for a split brain than its peer,
    when the node loses power and returns,
    then DRBD refuses to connect the replicas and copies nothing, the guest goes on, and both
    replicas are equal again when the file is corrected and they are connected.
    """
    host, peer = cluster.host_of(guest), cluster.peer_of(cluster.host_of(guest))
    probe.require(objectives.power_cut.hit)
    bystander.require(objectives.power_cut.bystander)
    cluster.expects(REFUSED, WHY)
    altered = AlteredFile(
        host,
        f"/etc/drbd.d/{guest}.res",
        "s/after-sb-0pri disconnect/after-sb-0pri discard-younger-primary/",
        f"drbdadm adjust {guest}",
    )

    with inject(altered):
        with inject(PowerOff(host)):
            cluster.wait_until(fenced(host) & runs_on(guest, peer))
            probe.wait_until_answered()
        cluster.holds(runs_on(guest, peer) & disconnected(guest), throughout=HELD)
    cluster.target.shell.check(peer, f"drbdadm adjust {guest}")
