"""Snapshots of a cluster, healthy or with one thing changed."""

from dataclasses import replace
from typing import Any

from harness.cluster.status import (
    ClusterStatus,
    Fencing,
    Member,
    NodeStatus,
    Pacemaker,
    Replica,
    Resource,
)
from harness.plan import Plan

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
        members=dict.fromkeys(plan.nodes, IN_ORDER),
        resources=tuple(started(g.name, g.prefers) for g in plan.guests.values()),
    )
    return ClusterStatus({name: _status(plan, name, view) for name in plan.nodes})


def _status(plan: Plan, name: str, view: Pacemaker) -> NodeStatus:
    at_home = [g.name for g in plan.guests.values() if g.prefers == name]
    good = Replica("Secondary", "UpToDate", "Connected", "UpToDate")
    primary = replace(good, role="Primary")
    sides = {g: primary if g in at_home else good for g in plan.guests}
    return NodeStatus(
        boot=f"boot of {name}",
        quorate=True,
        controller="S_IDLE" if name == view.dc else "S_NOT_DC",
        pacemaker=view,
        replicas=sides if name != plan.arbitrator.name else {},
        guests=tuple(at_home),
    )


def changed(status: ClusterStatus, name: str, **changes: Any) -> ClusterStatus:
    """The same snapshot, but for what one node says."""
    said = status.nodes[name]
    assert said is not None
    return ClusterStatus({**status.nodes, name: replace(said, **changes)})


def silent(status: ClusterStatus, *names: str) -> ClusterStatus:
    """The same snapshot, but some nodes do not answer."""
    return ClusterStatus({n: None if n in names else said for n, said in status.nodes.items()})


def seen(status: ClusterStatus, **changes: Any) -> ClusterStatus:
    """The same snapshot, but for what every node's Pacemaker says."""
    views = {n: replace(said.pacemaker, **changes) for n, said in status.reachable.items()}
    for name, view in views.items():
        status = changed(status, name, pacemaker=view)
    return status


def replica(status: ClusterStatus, name: str, guest: str, **changes: str) -> ClusterStatus:
    """The same snapshot, but for one side of a replica set."""
    said = status.reachable[name]
    return changed(
        status,
        name,
        replicas={**said.replicas, guest: replace(said.replicas[guest], **changes)},
    )
