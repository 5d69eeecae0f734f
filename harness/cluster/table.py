"""A snapshot as text for people: tables of nodes and guests, and what is missing."""

from rich.table import Table

from harness.cluster.conditions import settled
from harness.cluster.status import ClusterStatus
from harness.plan.plan import Plan
from harness.record.status import Member, Replica


def nodes_table(status: ClusterStatus, power: dict[str, bool]) -> Table:
    """Return a table of the nodes: power, state in Pacemaker, DC, and boot id."""
    table = _table("node", "power", "Pacemaker", "DC", "boot")
    for name, own in status.nodes.items():
        switch = "on" if power[name] else "off"
        standing, dc = _standing(status.view.members.get(name)), _yes(status.view.dc == name)
        table.add_row(name, switch, standing, dc, own.boot[:8] if own else "no answer")
    return table


def guests_table(plan: Plan, status: ClusterStatus, serving: dict[str, bool]) -> Table:
    """Return a table of the guests: their node, their replicas, and whether they answer clients."""
    data_nodes = [node.name for node in plan.data_nodes]
    table = _table(
        "guest", "runs on", *(f"replica on {node}" for node in data_nodes), "answers HTTP"
    )
    for guest in plan.guests:
        hosts = ", ".join(status.running(guest)) or "nowhere"
        sides = (_side(status, node, guest) for node in data_nodes)
        table.add_row(guest, hosts, *sides, _yes(serving[guest]))
    return table


def remarks(plan: Plan, status: ClusterStatus) -> list[str]:
    """Return lines about past fencing and failures. The last one says whether it is settled."""
    fencings = [
        f"fencing: {f.action} of {f.target}, {f.status} {f.completed}".rstrip()
        for f in status.view.fencings
    ]
    failures = [f"failed: {failure}" for failure in status.view.failures]
    lack = settled(plan).lacking(status)
    end = f"not settled; missing: {'; '.join(lack)}" if lack else "settled"
    return [*(fencings or ["fencing: none"]), *(failures or ["failed: nothing"]), end]


def _table(*titles: str) -> Table:
    return Table(*titles, box=None, pad_edge=False)


def _standing(member: Member | None) -> str:
    """Return a node's state in Pacemaker, with each flag that is set."""
    if member is None:
        return "unknown"
    flags = ("unclean", "pending", "standby", "maintenance")
    return ", ".join(
        ["online" if member.online else "offline", *(f for f in flags if getattr(member, f))]
    )


def _side(status: ClusterStatus, node: str, guest: str) -> str:
    """Return the state of a replica. Its connection is shown only if it is not `Connected`."""
    if node not in status.reachable:
        return "no answer"
    side = status.reachable[node].replicas.get(guest, Replica())
    link = "" if side.connection == "Connected" else f", {side.connection}"
    return f"{side.role} {side.disk}{link}"


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"
