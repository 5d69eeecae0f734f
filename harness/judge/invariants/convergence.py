"""I7: after the fault is lifted, the cluster returns to its state at the beginning."""

from collections import Counter
from collections.abc import Iterator, Mapping

from harness.judge.invariants.configuration import beginning_and_end, differences
from harness.record.events import ClusterView, CopiesCompared, NodeSurvey, Recovered
from harness.record.status import Pacemaker
from harness.record.timeline import Record

Roles = Mapping[str, Counter[str]]


def configuration_restored(record: Record) -> Iterator[str]:
    """I7: the configuration is as at the beginning, and the same on all nodes."""
    if not record.of(Recovered):
        return
    begin, end = beginning_and_end(record)
    changes: dict[str, list[str]] = {}
    for node in (node for node in end if node in begin):
        for change in differences(begin[node], end[node]):
            changes.setdefault(change, []).append(node)
    for change, nodes in changes.items():
        yield f"configuration of {', '.join(nodes)}: {change}"
    if not changes:
        yield from _unequal({node: event.elements for node, event in end.items()})


def view_restored(record: Record) -> Iterator[str]:
    """I7: all nodes are members again, and every resource has its roles of the beginning."""
    if not (record.of(Recovered) and (views := _views(record))):
        return
    end = views[-1].view
    begin = _beginning(record, views).view
    yield from _unwell_members(begin, end)
    if end.dc is None:
        yield "no node is DC"
    if end.maintenance:
        yield "the cluster is in maintenance mode"
    yield from _changed_roles(_roles(begin), _roles(end))
    for resource in end.resources:
        flags = {"unmanaged": not resource.managed, "blocked": resource.blocked}
        for flag in (name for name, on in (flags | {"failed": resource.failed}).items() if on):
            where = f" on {', '.join(resource.nodes)}" if resource.nodes else ""
            yield f"{resource.name}{where} is {flag}"


def replicas_healthy(record: Record) -> Iterator[str]:
    """I7: each replica is connected and up to date on both sides."""
    if not record.of(Recovered):
        return
    last = {survey.node: survey.status for survey in record.of(NodeSurvey)}
    data = (node for node, kind in record.opened.nodes.items() if kind == "data")
    for node in (node for node in data if node in last):
        for guest in record.opened.guests:
            replica = last[node].replicas.get(guest)
            if replica is None:
                yield f"{node} has no replica of {guest}"
            elif not replica.healthy:
                states = f"{replica.connection} {replica.disk}/{replica.peer_disk}"
                yield f"the replica of {guest} on {node} is {states}"


def copies_equal(record: Record) -> Iterator[str]:
    """I7: both copies of each guest's disk are bitwise equal."""
    differ: dict[str, int | None] = {}
    for compared in record.of(CopiesCompared):
        differ |= compared.differ
    for guest, offset in differ.items():
        if offset is not None:
            yield f"{guest}: its disk's copies differ at byte {offset}"


def _views(record: Record) -> list[ClusterView]:
    """Return the views that are not empty. A Pacemaker that is down reports an empty cluster."""
    return [event for event in record.of(ClusterView) if event.view.members]


def _beginning(record: Record, views: list[ClusterView]) -> ClusterView:
    """Return the first view of the settled cluster, else the last one before the first fault."""
    fault_s = record.faults[0].at_s if record.faults else float("inf")
    before = [event for event in views if event.at_s <= fault_s]
    settled = [event for event in before if event.at_s >= record.settled_s]
    return (settled or before[-1:] or views[-1:])[0]


def _unwell_members(begin: Pacemaker, end: Pacemaker) -> Iterator[str]:
    for node in sorted({*begin.members, *end.members}):
        if (member := end.members.get(node)) is None:
            yield f"{node} is no member"
            continue
        states = {
            "offline": not member.online,
            "unclean": member.unclean,
            "pending": member.pending,
            "in standby": member.standby,
            "in maintenance": member.maintenance,
        }
        yield from (f"{node} is {state}" for state, on in states.items() if on)


def _roles(view: Pacemaker) -> dict[str, Counter[str]]:
    """Count the instances of each resource by role.

    Stopped instances do not count: which of them Pacemaker lists depends on its history.
    """
    found: dict[str, Counter[str]] = {resource.name: Counter() for resource in view.resources}
    for resource in view.resources:
        if resource.role != "Stopped":
            found[resource.name][resource.role] += 1
    return found


def _changed_roles(begin: Roles, end: Roles) -> Iterator[str]:
    for name in sorted({*begin, *end}):
        if name not in end:
            yield f"resource {name} is gone"
        elif name not in begin:
            yield f"resource {name} is new"
        elif begin[name] != end[name]:
            yield f"{name} is {_count(end[name])}, it was {_count(begin[name])}"


def _count(roles: Counter[str]) -> str:
    return " and ".join(f"{count} {role}" for role, count in sorted(roles.items())) or "Stopped"


def _unequal(elements: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield each element that is not the same on all nodes."""
    names = sorted({name for own in elements.values() for name in own})
    for name in names:
        if len({own.get(name) for own in elements.values()}) > 1:
            yield f"configuration: {name} is not the same on {', '.join(elements)}"
