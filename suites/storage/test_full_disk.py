"""A file system of a node is full, or has no inode left: no guest must suffer."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from harness import (
    Cluster,
    ExhaustedInodes,
    Fault,
    FullFilesystem,
    FullVolumeGroup,
    GuestClient,
    GuestPlan,
    Injector,
    NodePlan,
    Objectives,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.storage]

MARGIN = timedelta(seconds=10)
HELD = timedelta(seconds=30)
FULL: dict[str, Callable[[NodePlan], Fault]] = {
    "/": lambda node: FullFilesystem(node, "/"),
    "/var": lambda node: FullFilesystem(node, "/var"),
    "inodes of /var": lambda node: ExhaustedInodes(node, "/var"),
}
UNWRITTEN = (
    r"^(pacemaker\S*|systemd\S*|corosync): .*"
    r"(No space left on device|couldn't be written|Disabling CIB disk writes)"
)
IN_MEMORY = (
    "Pacemaker cannot store its configuration, keeps it in memory, and does not write it again "
    "before its next start"
)


@pytest.mark.minutes
@pytest.mark.parametrize("full", FULL.values(), ids=FULL)
def test_guest_keeps_serving_or_fails_over_when_a_disk_of_its_node_is_full(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
    full: Callable[[NodePlan], Fault],
) -> None:
    """Given a guest on a data node,
    when a file system of that node is full, also for root, for longer than every agent's monitor
    interval,
    then the guest keeps serving or fails over cleanly, the other guest is not disturbed,
    and the cluster settles without help when the space is free again.
    """
    probe.require(objectives.full_disk.hit)
    bystander.require(objectives.full_disk.bystander)
    cluster.expects(UNWRITTEN, IN_MEMORY)

    with inject(full(cluster.host_of(guest))):
        probe.wait_while_asking(longest_monitor(cluster) + MARGIN)
        probe.wait_until_answered()


@pytest.mark.minutes
@pytest.mark.parametrize("full", FULL.values(), ids=FULL)
def test_nothing_moves_when_a_disk_of_the_arbitrator_is_full(
    cluster: Cluster,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
    full: Callable[[NodePlan], Fault],
) -> None:
    """Given an arbitrator that votes and fences,
    when a file system of it is full, also for root, for longer than every agent's monitor interval,
    then no guest moves or is disturbed, and nobody is fenced.
    """
    for client in clients.values():
        client.require(objectives.unaffected)
    cluster.expects(UNWRITTEN, IN_MEMORY)

    with inject(full(cluster.arbitrator)):
        cluster.holds(nobody_fenced_but(), throughout=longest_monitor(cluster) + MARGIN)


def test_guest_keeps_serving_when_the_volume_group_is_full(
    cluster: Cluster,
    guest: GuestPlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest whose volume is allocated as a whole,
    when the volume group of its node has no free extent,
    then no guest moves or is disturbed, and none of its writes hangs.
    """
    host = cluster.host_of(guest)
    for client in clients.values():
        client.require(objectives.unaffected)

    with inject(FullVolumeGroup(host)):
        cluster.holds(runs_on(guest, host) & nobody_fenced_but(), throughout=HELD)


def longest_monitor(cluster: Cluster) -> timedelta:
    """Return the longest monitor interval of the agents on a data node."""
    return cluster.target.plan.operations.longest_monitor * cluster.target.timings.monitor_scale
