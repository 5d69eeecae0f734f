"""What is waited for: a sentence and a pure predicate over a snapshot. `&` composes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.cluster.status import ClusterStatus, NodeStatus
from harness.plan import GuestPlan, NodePlan, Plan


@dataclass(frozen=True)
class Condition:
    """A sentence that a snapshot makes true or false."""

    sentence: str
    holds: Callable[[ClusterStatus], bool]

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(
            f"{self.sentence}, and {other.sentence}",
            lambda status: self.holds(status) and other.holds(status),
        )

    def __str__(self) -> str:
        return self.sentence


def every(sentence: str, parts: Iterable[Condition]) -> Condition:
    """All of several conditions under one sentence."""
    chosen = tuple(parts)
    return Condition(sentence, lambda status: all(part.holds(status) for part in chosen))


def fenced(node: NodePlan) -> Condition:
    """The cluster says that it has shot the node."""
    return Condition(
        f"{node} is fenced",
        lambda status: any(
            f.target == node.name and f.status == "success" for f in status.view.fencings
        ),
    )


def nobody_fenced_but(*nodes: NodePlan) -> Condition:
    """No other node was shot."""
    allowed = {node.name for node in nodes}
    others = " but ".join(["nobody is fenced", *sorted(allowed)])
    return Condition(others, lambda s: {f.target for f in s.view.fencings} <= allowed)


def runs_on(guest: GuestPlan, node: NodePlan) -> Condition:
    """The guest's process is on that node, and Pacemaker knows it."""

    def holds(status: ClusterStatus) -> bool:
        started = {r.nodes for r in status.view.resources if r.name == guest.name}
        return guest.name in _guests(status, node) and (node.name,) in started

    return Condition(f"{guest} runs on {node}", holds)


def stopped_on(guest: GuestPlan, node: NodePlan) -> Condition:
    """No process of the guest is on that node, as the node itself tells."""
    return Condition(
        f"{guest} does not run on {node}",
        lambda status: node.name in status.reachable and guest.name not in _guests(status, node),
    )


def online(nodes: Iterable[NodePlan]) -> Condition:
    """All these nodes are members in good standing, and each sees it so."""
    names = [node.name for node in nodes]

    def holds(status: ClusterStatus) -> bool:
        return all(name in status.reachable for name in names) and all(
            _in_order(seen, name) for seen in status.reachable.values() for name in names
        )

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
    """One DC, known to all, with no transition left to do."""

    def holds(status: ClusterStatus) -> bool:
        known = {seen.pacemaker.dc for seen in status.reachable.values()}
        states = sorted(seen.controller for seen in status.reachable.values())
        others = ["S_NOT_DC"] * (len(states) - 1)
        return len(known) == 1 and None not in known and states == ["S_IDLE", *others]

    return Condition("no transition is pending", holds)


def nothing_failed() -> Condition:
    """No failed action, no failed or unmanaged resource."""

    def holds(status: ClusterStatus) -> bool:
        view = status.view
        return not view.failures and all(r.managed and not r.failed for r in view.resources)

    return Condition("nothing has failed", holds)


def settled(plan: Plan) -> Condition:
    """All online, one idle DC, every replica up to date, every guest once on its primary."""

    def placed(status: ClusterStatus) -> bool:
        return all(
            len(status.running(g)) == 1 and status.running(g) == status.primaries(g)
            for g in plan.guests
        )

    return every(
        "the cluster is settled",
        [
            online(plan.nodes.values()),
            idle(),
            *(up_to_date(guest) for guest in plan.guests.values()),
            Condition("each guest runs once, on its primary", placed),
        ],
    )


def _guests(status: ClusterStatus, node: NodePlan) -> tuple[str, ...]:
    seen = status.reachable.get(node.name)
    return () if seen is None else seen.guests


def _in_order(seen_by: NodeStatus, name: str) -> bool:
    member = seen_by.pacemaker.members.get(name)
    return member is not None and member.online and not (member.unclean or member.pending)
