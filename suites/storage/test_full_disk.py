"""A file system of a node is full: the node's guest must not suffer."""

from datetime import timedelta

from harness import Cluster, FullFilesystem, GuestClient, GuestPlan, Injector, Objectives


def test_guest_keeps_serving_or_fails_over_when_var_is_full(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on a data node,
    when /var of that node is full, also for root, for longer than every agent's monitor interval,
    then the guest keeps serving or fails over cleanly, the other guest is not disturbed,
    and the cluster settles without help when the space is free again.
    """
    victim = cluster.host_of(guest)
    target = cluster.target
    monitored = target.plan.operations.longest_monitor * target.timings.monitor_scale
    probe.require(objectives.full_disk.hit)
    bystander.require(objectives.full_disk.bystander)

    with inject(FullFilesystem(victim, "/var")):
        probe.wait_while_asking(monitored + timedelta(seconds=10))
        probe.wait_until_answered()
