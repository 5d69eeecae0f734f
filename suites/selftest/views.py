"""Snapshots of a cluster's status: a healthy one, and variants of a given one."""

from dataclasses import replace
from typing import Any

from harness.cluster.status import ClusterStatus
from harness.plan.plan import Plan
from harness.record.status import Fencing, Member, NodeStatus, Pacemaker, Replica, Resource

IN_ORDER = Member(online=True, unclean=False, pending=False, standby=False, maintenance=False)


def shot(target: str, status: str = "success") -> Fencing:
    """Return an entry of the fencing history."""
    return Fencing(target, "reboot", status, "2026-01-01 00:00:00Z")


def started(name: str, *nodes: str) -> Resource:
    """Return a started resource without failures."""
    return Resource(name, "Started", nodes, failed=False, managed=True)


def healthy(plan: Plan) -> ClusterStatus:
    """Return a snapshot with all nodes online, and each guest on its preferred node.

    The first data node is the DC.
    """
    view = Pacemaker(
        dc=plan.data_nodes[0].name,
        quorate=True,
        members=dict.fromkeys(plan.nodes, IN_ORDER),
        resources=tuple(started(g.name, g.prefers) for g in plan.guests.values()),
    )
    return ClusterStatus({name: _status(plan, name) for name in plan.nodes}, view)


def _status(plan: Plan, name: str) -> NodeStatus:
    at_home = [g.name for g in plan.guests.values() if g.prefers == name]
    good = Replica("Secondary", "UpToDate", "Connected", "UpToDate")
    sides = {g: replace(good, role="Primary") if g in at_home else good for g in plan.guests}
    data = name != plan.arbitrator.name
    return NodeStatus(f"boot of {name}", sides if data else {}, tuple(at_home))


def changed(status: ClusterStatus, name: str, **changes: Any) -> ClusterStatus:
    """Return the snapshot with one node's own report changed."""
    report = replace(status.reachable[name], **changes)
    return replace(status, nodes={**status.nodes, name: report})


def silent(status: ClusterStatus, *names: str) -> ClusterStatus:
    """Return the snapshot with some nodes not answering."""
    nodes = {n: None if n in names else report for n, report in status.nodes.items()}
    return replace(status, nodes=nodes)


def seen(status: ClusterStatus, **changes: Any) -> ClusterStatus:
    """Return the snapshot with Pacemaker's view changed."""
    return replace(status, view=replace(status.view, **changes))


def replica(status: ClusterStatus, name: str, guest: str, **changes: str) -> ClusterStatus:
    """Return the snapshot with one node's replica of a guest changed."""
    sides = status.reachable[name].replicas
    return changed(status, name, replicas={**sides, guest: replace(sides[guest], **changes)})
