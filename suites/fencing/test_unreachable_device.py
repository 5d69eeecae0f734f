"""The fence device cannot be reached by some nodes, or by none, when a node must be fenced (f6)."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from harness import (
    Cluster,
    DroppedTraffic,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    PowerOff,
    fenced,
    not_fenced,
    runs_on,
    stopped_on,
)
from suites.fencing.failed_fencing import expect_failed_fencing

pytestmark = [pytest.mark.one_guest, pytest.mark.fencing]

HELD = timedelta(seconds=45)
PORT = 1229
"""TCP port of the fence device on the management network (fence_virt.conf(5))."""


@pytest.mark.parametrize("cut_off", ["arbitrator", "peer"])
def test_host_is_fenced_by_the_node_that_reaches_the_device(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
    cut_off: str,
) -> None:
    """Given a fence device that one of the two other nodes cannot reach,
    when the host of a guest loses power,
    then the node that can reach the device fences it, and the guest fails over in time.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.fence_retry.hit)
    bystander.require(objectives.fence_retry.bystander)
    expect_failed_fencing(cluster)
    if cut_off == "arbitrator":
        expect_failed_start(cluster)

    node = cluster.arbitrator if cut_off == "arbitrator" else cluster.peer_of(host)
    unreachable = DroppedTraffic(node, ("mgmt",), "out", ports=(PORT,))

    with inject(unreachable), inject(PowerOff(host)):
        cluster.wait_until(fenced(host) & runs_on(guest, cluster.peer_of(host)))
        probe.wait_until_answered()


def expect_failed_start(cluster: Cluster) -> None:
    """Declare what is left of a fence device that moves to a node which cannot reach it."""
    cluster.known_gap(
        r"^I8: left behind( on \S+)?: (fence|fail-count-fence)-\S+",
        "Pacemaker does not start a fence device again on a node where its start has failed "
        "(start-failure-is-fatal)",
        "crm_resource --cleanup; failure-timeout forgets it after ten minutes",
    )


def test_guest_stays_down_until_the_fence_device_can_be_reached(
    cluster: Cluster, guest: GuestPlan, probe: GuestClient, inject: Injector
) -> None:
    """Given a fence device that no other node can reach,
    when the host of a guest loses power,
    then nothing is promoted and the guest starts nowhere, until the device can be reached again:
    then the host is fenced and the guest fails over without help.
    """
    host, peer = cluster.host_of(guest), cluster.peer_of(cluster.host_of(guest))
    expect_failed_fencing(cluster)
    expect_failed_start(cluster)

    with ExitStack() as unreachable:
        for node in (peer, cluster.arbitrator):
            unreachable.enter_context(inject(DroppedTraffic(node, ("mgmt",), "out", ports=(PORT,))))
        with inject(PowerOff(host)):
            cluster.holds(stopped_on(guest, peer) & not_fenced(host), throughout=HELD)
            unreachable.close()
            cluster.wait_until(fenced(host) & runs_on(guest, peer))
            probe.wait_until_answered()
