"""Quorate, an acceptance test harness for small high-availability clusters.

A test imports the names that it needs from here. Objects of the running cluster, such as `cluster`,
`guest`, `probe`, `inject` and `objectives`, are pytest fixtures.

Example:
    from harness import PowerOff, fenced, runs_on

    def test_guest_moves(cluster, guest, probe, inject, objectives):
        victim = cluster.host_of(guest)
        probe.require(objectives.power_cut.hit)
        with inject(PowerOff(victim)):
            cluster.wait_until(fenced(victim) & runs_on(guest, cluster.peer_of(victim)))
            probe.wait_until_answered()
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.cluster.cluster import Cluster
    from harness.cluster.conditions import (
        Condition,
        dc_among,
        disconnected,
        every,
        fenced,
        nobody_fenced_but,
        not_fenced,
        nothing_failed,
        offline,
        online,
        runs_on,
        settled,
        stopped_on,
        up_to_date,
    )
    from harness.faults.altered_file import AlteredFile
    from harness.faults.block_device import FailedReplica, StalledReplica
    from harness.faults.fault import Fault
    from harness.faults.fence_agent import FaultyFenceAgent
    from harness.faults.fencing import Fencing
    from harness.faults.guest import KilledGuest, PausedGuest
    from harness.faults.guest_panic import PanickedGuest
    from harness.faults.inject import Injector
    from harness.faults.kernel import KernelCrash
    from harness.faults.network import CarrierLoss
    from harness.faults.operations import Maintenance, Move, Standby
    from harness.faults.packets import DroppedTraffic
    from harness.faults.ping_target import LostPingTarget
    from harness.faults.power import FrozenNode, PowerOff
    from harness.faults.process import KilledProcess, StoppedProcess
    from harness.faults.replica_table import BadReplica
    from harness.faults.resync import SlowResync
    from harness.faults.service import RestartedService, StoppedService
    from harness.faults.shutdown import Shutdown
    from harness.faults.slow_traffic import SlowTraffic
    from harness.faults.split_brain import SplitBrain
    from harness.faults.storage import ExhaustedInodes, FullFilesystem
    from harness.faults.system_disk import FailedSystemDisk
    from harness.faults.trigger import Trigger, members, promoted, started
    from harness.faults.volume_group import FullVolumeGroup
    from harness.judge.limits import GuestObjective, Objectives
    from harness.observe.http_probe import GuestClient
    from harness.plan.plan import GuestPlan, NodePlan, Plan

__all__ = [
    "AlteredFile",
    "BadReplica",
    "CarrierLoss",
    "Cluster",
    "Condition",
    "DroppedTraffic",
    "ExhaustedInodes",
    "FailedReplica",
    "FailedSystemDisk",
    "Fault",
    "FaultyFenceAgent",
    "Fencing",
    "FrozenNode",
    "FullFilesystem",
    "FullVolumeGroup",
    "GuestClient",
    "GuestObjective",
    "GuestPlan",
    "Injector",
    "KernelCrash",
    "KilledGuest",
    "KilledProcess",
    "LostPingTarget",
    "Maintenance",
    "Move",
    "NodePlan",
    "Objectives",
    "PanickedGuest",
    "PausedGuest",
    "Plan",
    "PowerOff",
    "RestartedService",
    "Shutdown",
    "SlowResync",
    "SlowTraffic",
    "SplitBrain",
    "StalledReplica",
    "Standby",
    "StoppedProcess",
    "StoppedService",
    "Trigger",
    "dc_among",
    "disconnected",
    "every",
    "fenced",
    "members",
    "nobody_fenced_but",
    "not_fenced",
    "nothing_failed",
    "offline",
    "online",
    "promoted",
    "runs_on",
    "settled",
    "started",
    "stopped_on",
    "up_to_date",
]

_MODULES = (
    "harness.plan.plan",
    "harness.judge.limits",
    "harness.cluster.conditions",
    "harness.cluster.cluster",
    "harness.faults.fault",
    "harness.faults.inject",
    "harness.faults.trigger",
    "harness.faults.power",
    "harness.faults.kernel",
    "harness.faults.process",
    "harness.faults.service",
    "harness.faults.guest",
    "harness.faults.network",
    "harness.faults.packets",
    "harness.faults.slow_traffic",
    "harness.faults.ping_target",
    "harness.faults.operations",
    "harness.faults.fencing",
    "harness.faults.fence_agent",
    "harness.faults.storage",
    "harness.faults.volume_group",
    "harness.faults.block_device",
    "harness.faults.replica_table",
    "harness.faults.system_disk",
    "harness.faults.resync",
    "harness.faults.split_brain",
    "harness.faults.shutdown",
    "harness.faults.guest_panic",
    "harness.faults.altered_file",
    "harness.observe.http_probe",
)
"""Modules of these names, imported on first use: `quorate doctor` must run without libraries."""

# A user's PATH lacks the folders of root's commands (mke2fs, ip, libvirtd), also after `su`.
os.environ["PATH"] = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"


def __getattr__(name: str) -> object:
    """Import a public name from its module."""
    if name in __all__:
        for module in map(import_module, _MODULES):
            if name in vars(module):
                return vars(module)[name]
    raise AttributeError(f"module 'harness' has no attribute {name!r}")
