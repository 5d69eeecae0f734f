"""A snapshot as a person reads it: tables of nodes and guests, and what is missing."""

from rich.table import Table

from harness.cluster.conditions import settled
from harness.cluster.status import ClusterStatus
from harness.plan.plan import Plan
from harness.record.status import Member, Replica


def nodes_table(seen: ClusterStatus, power: dict[str, bool]) -> Table:
    """Each node as its power switch, the quorate partition and it itself tell."""
    table = _table("node", "power", "Pacemaker", "DC", "boot")
    for name, own in seen.nodes.items():
        switch = "on" if power[name] else "off"
        standing, dc = _standing(seen.view.members.get(name)), _yes(seen.view.dc == name)
        table.add_row(name, switch, standing, dc, own.boot[:8] if own else "no answer")
    return table


def guests_table(plan: Plan, seen: ClusterStatus, serving: dict[str, bool]) -> Table:
    """Each guest: where its QEMU runs, its replicas, and whether it answers its clients."""
    homes = [node.name for node in plan.data_nodes]
    table = _table("guest", "runs on", *(f"replica on {home}" for home in homes), "answers HTTP")
    for guest in plan.guests:
        hosts = ", ".join(seen.running(guest)) or "nowhere"
        sides = (_side(seen, home, guest) for home in homes)
        table.add_row(guest, hosts, *sides, _yes(serving[guest]))
    return table


def remarks(plan: Plan, seen: ClusterStatus) -> list[str]:
    """What the cluster remembers of fencing and failures; last, whether it is settled."""
    shots = [
        f"fencing: {f.action} of {f.target}, {f.status} {f.completed}".rstrip()
        for f in seen.view.fencings
    ]
    failures = [f"failed: {failure}" for failure in seen.view.failures]
    lack = settled(plan).lacking(seen)
    end = f"not settled; missing: {'; '.join(lack)}" if lack else "settled"
    return [*(shots or ["fencing: none"]), *(failures or ["failed: nothing"]), end]


def _table(*titles: str) -> Table:
    return Table(*titles, box=None, pad_edge=False)


def _standing(member: Member | None) -> str:
    """A node as Pacemaker sees it, with what is out of order."""
    if member is None:
        return "unknown"
    flags = ("unclean", "pending", "standby", "maintenance")
    return ", ".join(
        ["online" if member.online else "offline", *(f for f in flags if getattr(member, f))]
    )


def _side(seen: ClusterStatus, node: str, guest: str) -> str:
    """One replica; its connection only when that is not what it should be."""
    if node not in seen.reachable:
        return "no answer"
    side = seen.reachable[node].replicas.get(guest, Replica())
    link = "" if side.connection == "Connected" else f", {side.connection}"
    return f"{side.role} {side.disk}{link}"


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"
