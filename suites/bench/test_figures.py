"""Figures of the lab, for `make bench`; the limits stand in harness/bench.py."""

import time
from datetime import timedelta

import psutil
import pytest

from fixtures.lab import verify
from harness.cluster.cluster import Cluster
from harness.cluster.conditions import (
    every,
    fenced,
    member_lost,
    online,
    primary_on,
    runs_on,
    up_to_date,
)
from harness.faults.inject import Injector
from harness.faults.power import PowerOff
from harness.lab.lab import Lab
from harness.milestones import milestones
from harness.observe.probe import Probes
from harness.plan import GuestPlan

MINUTES = timedelta(minutes=1)
IDLE = timedelta(seconds=60)


def test_restore_between_two_tests(living_cluster: Lab) -> None:
    """Ten times in a row: end the machines, put the checkpoint back, see it healthy."""
    for _ in range(10):
        start = time.monotonic()
        living_cluster.restore()
        milestones.measure("restore_s", time.monotonic() - start)
        verify(living_cluster)
        milestones.measure("restore_and_verify_s", time.monotonic() - start)


def test_idle_load_and_memory(living_cluster: Lab) -> None:
    """The settled lab, left alone for a minute: processor time of all its processes."""
    init = living_cluster.capsule.init
    assert init is not None
    before = _processor_s(init)
    time.sleep(IDLE.total_seconds())  # the window itself: any look at the lab would be load
    cores = (_processor_s(init) - before) / IDLE.total_seconds()
    milestones.measure("idle_cores", cores)
    resident = sum(process.memory_info().rss for process in init.children(recursive=True))
    milestones.measure("memory_gib", resident / 2**30)


def test_reboot_and_rejoin(cluster: Cluster, inject: Injector) -> None:
    """What a restore saves: one data node is switched off and on, until all is up to date."""
    node = cluster.lab.plan.data_nodes[1]
    with inject(PowerOff(node)):
        cluster.wait_until(fenced(node), within=6 * MINUTES)
        start = time.monotonic()
    plan = cluster.lab.plan
    replicas = [up_to_date(guest) for guest in plan.guests.values()]
    back = every("the node is back", [online(plan.nodes.values()), *replicas])
    cluster.wait_until(back, within=8 * MINUTES)
    milestones.measure("reboot_and_rejoin_s", time.monotonic() - start)


@pytest.mark.parametrize("number", range(5))
def test_power_cut(cluster: Cluster, probes: Probes, number: int) -> None:
    """From the cut to the guest's answer, five times, with its phases as far as looks can tell.

    Nothing is mended afterwards: the next test's restore does that in seconds.
    """
    guest: GuestPlan = list(cluster.lab.plan.guests.values())[number % 2]
    victim = cluster.host_of(guest)
    survivor = cluster.peer_of(victim)
    phases = {
        "membership": member_lost(victim),
        "fenced": fenced(victim),
        "promoted": primary_on(guest, survivor),
        "started": runs_on(guest, survivor),
    }
    start = time.monotonic()
    PowerOff(victim).inject(cluster.lab)
    for phase, condition in phases.items():
        cluster.wait_until(condition, within=6 * MINUTES)
        milestones.measure(f"power_cut_to_{phase}_s", time.monotonic() - start)
    probes.of[guest.name].wait_until_answered(within=4 * MINUTES)
    milestones.measure("power_cut_to_answer_s", probes.of[guest.name].outage_length.total_seconds())


def _processor_s(init: psutil.Process) -> float:
    times = [process.cpu_times() for process in [init, *init.children(recursive=True)]]
    return sum(t.user + t.system for t in times)
