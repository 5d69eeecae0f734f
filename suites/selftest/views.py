"""Snapshots of a cluster, healthy or with one thing changed."""

from dataclasses import replace
from typing import Any

from harness.cluster.status import ClusterStatus
from harness.plan.plan import Plan
from harness.record.status import Fencing, Member, NodeStatus, Pacemaker, Replica, Resource

IN_ORDER = Member(online=True, unclean=False, pending=False, standby=False, maintenance=False)


def shot(target: str, status: str = "success") -> Fencing:
    """A fencing of the history."""
    return Fencing(target, "reboot", status, "2026-01-01 00:00:00Z")


def started(name: str, *nodes: str) -> Resource:
    """A resource in good order."""
    return Resource(name, "Started", nodes, failed=False, managed=True)


def healthy(plan: Plan) -> ClusterStatus:
    """All nodes online, the first one DC, each guest on the node that it prefers."""
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
    """The same snapshot, but for what one node says of itself."""
    said = replace(status.reachable[name], **changes)
    return replace(status, nodes={**status.nodes, name: said})


def silent(status: ClusterStatus, *names: str) -> ClusterStatus:
    """The same snapshot, but some nodes do not answer."""
    nodes = {n: None if n in names else said for n, said in status.nodes.items()}
    return replace(status, nodes=nodes)


def seen(status: ClusterStatus, **changes: Any) -> ClusterStatus:
    """The same snapshot, but for what Pacemaker tells."""
    return replace(status, view=replace(status.view, **changes))


def replica(status: ClusterStatus, name: str, guest: str, **changes: str) -> ClusterStatus:
    """The same snapshot, but for one side of a replica set."""
    sides = status.reachable[name].replicas
    return changed(status, name, replicas={**sides, guest: replace(sides[guest], **changes)})
