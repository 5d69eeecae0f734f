"""A node loses power while a replica is resynchronised."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    PowerOff,
    Shutdown,
    SlowResync,
    fenced,
    runs_on,
    stopped_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.storage]

HELD = timedelta(seconds=45)
ENDING = (
    r'^(VirtualDomain\(\S+\): ERROR: Virtual domain \S+ has unknown status "error: domain not found'
    r"|libvirtd: Cannot write data: Broken pipe)"
)


@pytest.mark.minutes
def test_guest_stays_down_while_only_an_inconsistent_replica_is_there(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a replica that is being resynchronised from the host of its guest,
    when the host loses power,
    then the inconsistent replica is never promoted and the guest stays down, until the host is
    back: then it serves again without help, and no acknowledged write is lost.
    """
    host, peer = cluster.host_of(guest), cluster.peer_of(cluster.host_of(guest))
    bystander.require(objectives.power_cut.bystander)

    with inject(SlowResync(peer, guest)), inject(PowerOff(host)):
        cluster.wait_until(fenced(host))
        cluster.holds(stopped_on(guest, peer), throughout=HELD)
    cluster.wait_until(runs_on(guest, host), within=cluster.target.timings.rejoin_patience)
    probe.wait_until_answered()


@pytest.mark.minutes
def test_guest_stays_down_when_the_source_of_a_resync_is_shut_down(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a replica that is being resynchronised from the host of its guest,
    when a person reboots the host for an upgrade (f13),
    then the inconsistent replica is never promoted and the guest stays down, until the host is
    back: then it serves again without help, and no acknowledged write is lost.
    """
    host, peer = cluster.host_of(guest), cluster.peer_of(cluster.host_of(guest))
    bystander.require(objectives.planned_move.bystander)
    cluster.expects(ENDING, "the agent asks libvirt for a guest that is just ending")

    with inject(SlowResync(peer, guest)), inject(Shutdown(host)):
        cluster.holds(stopped_on(guest, peer), throughout=HELD)
    cluster.wait_until(runs_on(guest, host), within=cluster.target.timings.rejoin_patience)
    probe.wait_until_answered()


@pytest.mark.quick
def test_guest_stays_when_the_target_of_a_resync_loses_power(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a replica that is being resynchronised from the host of its guest,
    when the node of that replica loses power,
    then the guest stays where it is, the other guest fails over to it in time, and the replica is
    resynchronised when its node is back.
    """
    host, peer = cluster.host_of(guest), cluster.peer_of(cluster.host_of(guest))
    probe.require(objectives.power_cut.bystander)
    bystander.require(objectives.power_cut.hit)

    with inject(SlowResync(peer, guest)), inject(PowerOff(peer)):
        cluster.wait_until(fenced(peer) & runs_on(guest, host))
        bystander.wait_until_answered()
