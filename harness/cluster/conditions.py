"""What is waited for: a sentence and a pure predicate over a snapshot. `&` composes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.cluster.status import ClusterStatus
from harness.plan.plan import GuestPlan, NodePlan, Plan


@dataclass(frozen=True)
class Condition:
    """A sentence that a snapshot makes true or false."""

    sentence: str
    holds: Callable[[ClusterStatus], bool]
    parts: tuple["Condition", ...] = ()
    """What it is composed of, if it is."""

    def __and__(self, other: "Condition") -> "Condition":
        return every(f"{self.sentence}, and {other.sentence}", [self, other])

    def lacking(self, status: ClusterStatus) -> list[str]:
        """The sentences of the innermost parts that do not hold; empty when it holds."""
        if self.holds(status):
            return []
        if not self.parts:
            return [self.sentence]
        return [sentence for part in self.parts for sentence in part.lacking(status)]

    def __str__(self) -> str:
        return self.sentence


def every(sentence: str, parts: Iterable[Condition]) -> Condition:
    """All of several conditions under one sentence."""
    chosen = tuple(parts)
    return Condition(sentence, lambda s: all(part.holds(s) for part in chosen), chosen)


def fenced(node: NodePlan) -> Condition:
    """The cluster's history has a successful fencing of the node."""
    return Condition(
        f"{node} is fenced",
        lambda status: any(
            f.target == node.name and f.status == "success" for f in status.view.fencings
        ),
    )


def nobody_fenced_but(*nodes: NodePlan) -> Condition:
    """No other node was fenced."""
    allowed = {node.name for node in nodes}
    but = f" but {' and '.join(sorted(allowed))}" if allowed else ""
    return Condition(
        f"nobody is fenced{but}", lambda s: {f.target for f in s.view.fencings} <= allowed
    )


def runs_on(guest: GuestPlan, node: NodePlan) -> Condition:
    """The guest's process is on that node, and Pacemaker knows it."""

    def holds(status: ClusterStatus) -> bool:
        started = {r.nodes for r in status.view.resources if r.name == guest.name}
        return guest.name in _guests(status, node) and (node.name,) in started

    return Condition(f"{guest} runs on {node}", holds)


def online(nodes: Iterable[NodePlan]) -> Condition:
    """All these nodes answer and are members in good standing."""
    names = [node.name for node in nodes]

    def holds(status: ClusterStatus) -> bool:
        members = status.view.members
        return all(n in status.reachable and n in members and members[n].well for n in names)

    return Condition(f"{', '.join(names)} are online", holds)


def up_to_date(guest: GuestPlan) -> Condition:
    """Both replicas are connected and up to date, and exactly one is primary."""

    def holds(status: ClusterStatus) -> bool:
        sides = [
            s.replicas[guest.name] for s in status.reachable.values() if guest.name in s.replicas
        ]
        return (
            len(sides) == 2
            and all(side.healthy for side in sides)
            and len(status.primaries(guest.name)) == 1
        )

    return Condition(f"the replicas of {guest} are up to date", holds)


def idle() -> Condition:
    """A quorate DC, and no resource that the cluster is doing something with."""
    return Condition(
        "no transition is pending",
        lambda s: s.view.quorate and bool(s.view.dc) and not any(r.busy for r in s.view.resources),
    )


def nothing_failed() -> Condition:
    """No failed action, no failed or unmanaged resource."""

    def holds(status: ClusterStatus) -> bool:
        view = status.view
        return not view.failures and all(r.managed and not r.failed for r in view.resources)

    return Condition("nothing has failed", holds)


def under_control() -> Condition:
    """The cluster may act on everything: no maintenance, no resource unmanaged or blocked."""

    def holds(status: ClusterStatus) -> bool:
        view = status.view
        if view.maintenance or any(member.maintenance for member in view.members.values()):
            return False
        return all(r.managed and not r.blocked for r in view.resources)

    return Condition("nothing is in maintenance, unmanaged or blocked", holds)


def placed(guest: GuestPlan) -> Condition:
    """The guest has one process, on the node where its replica is primary."""

    def holds(status: ClusterStatus) -> bool:
        hosts = status.running(guest.name)
        return len(hosts) == 1 and hosts == status.primaries(guest.name)

    return Condition(f"{guest} runs once, on its primary", holds)


def settled(plan: Plan) -> Condition:
    """All online, one idle DC, which may act on everything; replicas up to date, guests placed."""
    guests = plan.guests.values()
    return every(
        "the cluster is settled",
        [
            online(plan.nodes.values()),
            idle(),
            under_control(),
            *(up_to_date(guest) for guest in guests),
            *(placed(guest) for guest in guests),
        ],
    )


def _guests(status: ClusterStatus, node: NodePlan) -> tuple[str, ...]:
    seen = status.reachable.get(node.name)
    return () if seen is None else seen.guests
