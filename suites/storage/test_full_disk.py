"""A file system of a node is full: the guest must not pay for it."""

from datetime import timedelta

from harness.cluster.cluster import Cluster
from harness.cluster.conditions import settled
from harness.faults.inject import Injector
from harness.faults.storage import FullFilesystem
from harness.judge.objectives import Objectives
from harness.observe.http_probe import Probe
from harness.plan import GuestPlan

MINUTES = timedelta(minutes=1)


def test_guest_keeps_serving_or_fails_over_when_var_is_full(
    cluster: Cluster,
    guest: GuestPlan,
    probe: Probe,
    bystander: Probe,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on a data node,
    when /var of that node is full to the last block for root,
    then the guest keeps serving or fails over cleanly, the other guest is not disturbed,
    and all is well without help when the space returns.
    """
    victim = cluster.host_of(guest)

    with inject(FullFilesystem(victim, "/var")):
        probe.watch(MINUTES)
        probe.wait_until_answered(within=4 * MINUTES)

    cluster.wait_until(settled(cluster.lab.plan), within=8 * MINUTES)
    probe.keeps(objectives.full_disk.recovery_time)
    bystander.keeps(objectives.full_disk.bystander_outage)
    for client in (probe, bystander):
        client.keeps(objectives.full_disk.lost_writes)
