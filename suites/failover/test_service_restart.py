"""An unattended upgrade restarts the cluster's services under the guests (f20)."""

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    RestartedService,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.process]


def test_guest_moves_when_corosync_is_restarted_on_its_node(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on a data node,
    when Corosync is restarted there, and Pacemaker with it,
    then the guest stops in order and serves on the other data node in time, no acknowledged write
    is lost, the other guest is not disturbed, nobody is fenced, and the node rejoins.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.planned_move.hit)
    bystander.require(objectives.planned_move.bystander)

    with inject(RestartedService(host, "corosync")):
        cluster.wait_until(runs_on(guest, cluster.peer_of(host)) & nobody_fenced_but())
        probe.wait_until_answered()
