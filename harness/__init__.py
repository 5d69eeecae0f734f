"""Quorate: does a small cluster keep its promise when a part of it fails?

The names that a test needs are here: `from harness import PowerOff, fenced, runs_on`.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.cluster.cluster import Cluster
    from harness.cluster.conditions import (
        Condition,
        every,
        fenced,
        nobody_fenced_but,
        nothing_failed,
        online,
        runs_on,
        settled,
        up_to_date,
    )
    from harness.faults.block_device import StalledReplica
    from harness.faults.fault import Fault
    from harness.faults.inject import Injector
    from harness.faults.network import CarrierLoss
    from harness.faults.power import PowerOff
    from harness.faults.storage import FullFilesystem
    from harness.judge.limits import GuestObjective, Objectives
    from harness.observe.http_probe import GuestClient
    from harness.plan.plan import GuestPlan, NodePlan, Plan

__all__ = [
    "CarrierLoss",
    "Cluster",
    "Condition",
    "Fault",
    "FullFilesystem",
    "GuestClient",
    "GuestObjective",
    "GuestPlan",
    "Injector",
    "NodePlan",
    "Objectives",
    "Plan",
    "PowerOff",
    "StalledReplica",
    "every",
    "fenced",
    "nobody_fenced_but",
    "nothing_failed",
    "online",
    "runs_on",
    "settled",
    "up_to_date",
]

_MODULES = (
    "harness.plan.plan",
    "harness.judge.limits",
    "harness.cluster.conditions",
    "harness.cluster.cluster",
    "harness.faults.fault",
    "harness.faults.inject",
    "harness.faults.power",
    "harness.faults.network",
    "harness.faults.storage",
    "harness.faults.block_device",
    "harness.observe.http_probe",
)
"""Where they are; imported when one is asked for, so that `quorate doctor` needs no library."""

# Root's own commands (mke2fs, ip, libvirtd) are not where a user's PATH looks, nor after `su`.
os.environ["PATH"] = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"


def __getattr__(name: str) -> object:
    """A public name, from its module."""
    if name in __all__:
        for module in map(import_module, _MODULES):
            if name in vars(module):
                return vars(module)[name]
    raise AttributeError(f"module 'harness' has no attribute {name!r}")
