"""Figures of the lab, for `make bench`. Their limits are in harness/bench.py."""

import time
from datetime import timedelta

import pytest

from fixtures.lab import verify
from harness.cluster.cluster import Cluster
from harness.cluster.conditions import every, fenced, online, up_to_date
from harness.faults.inject import Injector
from harness.faults.power import PowerOff
from harness.lab.lab import Lab
from harness.plan.plan import GuestPlan
from harness.pytest_plugin.stash import folder_of
from harness.record.events import FaultInjecting
from harness.record.timeline import Timeline
from harness.runs.run_metadata import milestones
from harness.trial import Trial
from suites.bench.processor import cores

MINUTES = timedelta(minutes=1)
IDLE = timedelta(seconds=60)


def test_restore_between_two_tests(lab_cluster: Lab) -> None:
    """Restore the checkpoint and verify the cluster, ten times."""
    for _ in range(10):
        start = time.monotonic()
        lab_cluster.restore()
        milestones.measure("restore_s", time.monotonic() - start)
        verify(lab_cluster)
        milestones.measure("restore_and_verify_s", time.monotonic() - start)


def test_idle_load_and_memory(lab_cluster: Lab) -> None:
    """Processor time and memory of the settled lab, left idle for a minute."""
    milestones.measure("idle_cores", cores(lab_cluster.host, IDLE))
    init = lab_cluster.capsule.init
    assert init is not None
    resident = sum(process.memory_info().rss for process in init.children(recursive=True))
    milestones.measure("memory_gib", resident / 2**30)


def test_reboot_and_rejoin(cluster: Cluster, inject: Injector) -> None:
    """Time for a data node to reboot, rejoin and resynchronise: what a restore saves."""
    node = cluster.target.plan.data_nodes[1]
    with inject(PowerOff(node)):
        cluster.wait_until(fenced(node), within=6 * MINUTES)
        start = time.monotonic()
    plan = cluster.target.plan
    replicas = [up_to_date(guest) for guest in plan.guests.values()]
    back = every("the node is back", [online(plan.nodes.values()), *replicas])
    cluster.wait_until(back, within=8 * MINUTES)
    milestones.measure("reboot_and_rejoin_s", time.monotonic() - start)


@pytest.mark.parametrize("number", range(5))
def test_power_cut(
    cluster: Cluster, timeline: Timeline, request: pytest.FixtureRequest, number: int
) -> None:
    """Time from a power cut to the guest's answer, with its phases, five times.

    The fault is not lifted: the next test's restore does that in seconds.
    """
    guest: GuestPlan = list(cluster.target.plan.guests.values())[number % 2]
    cut = PowerOff(cluster.host_of(guest))
    trial = Trial(cluster, folder_of(request.node), freeze=False)
    try:
        trial.begin()
        trial.before_fault()
        names = (cut.node.name,)
        fault = FaultInjecting(fault=str(cut), victims=names, may_be_fenced=names)
        cut_s = timeline.note(fault).at_s
        cut.inject(cluster.target)
        cluster.wait_until(fenced(cut.node), within=6 * MINUTES)
        trial.clients[guest.name].wait_until_answered(within=6 * MINUTES)
        measured = trial.judge().reads[guest.name].phases
    finally:
        trial.close()
    assert measured, "no phase of the failover was seen"
    for phase in measured:
        milestones.measure(f"power_cut_to_{phase.end.what}_s", phase.end.seen_s - cut_s)
