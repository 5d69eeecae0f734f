"""Conditions: a sentence with a pure predicate over a snapshot. `&` combines two conditions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.cluster.status import ClusterStatus
from harness.plan.plan import GuestPlan, NodePlan, Plan


@dataclass(frozen=True)
class Condition:
    """A sentence that is true or false for a snapshot.

    Example:
        cluster.wait_until(fenced(victim) & runs_on(guest, survivor))
    """

    sentence: str
    holds: Callable[[ClusterStatus], bool]
    parts: tuple["Condition", ...] = ()
    """The combined conditions, if it is a combination."""

    def __and__(self, other: "Condition") -> "Condition":
        return every(f"{self.sentence}, and {other.sentence}", [self, other])

    def lacking(self, status: ClusterStatus) -> list[str]:
        """Return the sentences of the innermost parts that do not hold; empty if it holds."""
        if self.holds(status):
            return []
        if not self.parts:
            return [self.sentence]
        return [sentence for part in self.parts for sentence in part.lacking(status)]

    def __str__(self) -> str:
        return self.sentence


def every(sentence: str, parts: Iterable[Condition]) -> Condition:
    """Combine several conditions under one sentence.

    Example:
        every("both guests are on bravo", [runs_on(guest, bravo) for guest in guests])
    """
    chosen = tuple(parts)
    return Condition(sentence, lambda s: all(part.holds(s) for part in chosen), chosen)


def fenced(node: NodePlan, *, times: int = 1) -> Condition:
    """Pacemaker's history has that many successful fencings of the node, or more.

    Example:
        cluster.wait_until(fenced(victim))
    """

    def holds(status: ClusterStatus) -> bool:
        found = [(f.target, f.status) for f in status.view.fencings]
        return found.count((node.name, "success")) >= times

    return Condition(f"{node} is fenced" + (f" {times} times" if times > 1 else ""), holds)


def not_fenced(node: NodePlan) -> Condition:
    """No fencing of the node has succeeded. Attempts may have failed, or be pending.

    Example:
        cluster.holds(not_fenced(victim), throughout=timedelta(minutes=1))
    """
    done = fenced(node)
    return Condition(f"{node} is not fenced", lambda status: not done.holds(status))


def nobody_fenced_but(*nodes: NodePlan) -> Condition:
    """No node was fenced except these.

    Example:
        cluster.holds(nobody_fenced_but(victim), throughout=timedelta(seconds=30))
    """
    allowed = {node.name for node in nodes}
    but = f" but {' and '.join(sorted(allowed))}" if allowed else ""
    return Condition(
        f"nobody is fenced{but}", lambda s: {f.target for f in s.view.fencings} <= allowed
    )


def runs_on(guest: GuestPlan, node: NodePlan) -> Condition:
    """The guest's QEMU process is on that node, and Pacemaker reports the guest there.

    Example:
        cluster.wait_until(runs_on(guest, survivor))
    """

    def holds(status: ClusterStatus) -> bool:
        started = {r.nodes for r in status.view.resources if r.name == guest.name}
        return guest.name in _guests(status, node) and (node.name,) in started

    return Condition(f"{guest} runs on {node}", holds)


def stopped_on(guest: GuestPlan, node: NodePlan) -> Condition:
    """The node answers and has no process of the guest.

    Example:
        cluster.holds(stopped_on(guest, survivor), throughout=timedelta(minutes=1))
    """

    def holds(status: ClusterStatus) -> bool:
        return node.name in status.reachable and guest.name not in _guests(status, node)

    return Condition(f"{guest} is stopped on {node}", holds)


def online(nodes: Iterable[NodePlan]) -> Condition:
    """All these nodes answer, and are online, clean members."""
    names = [node.name for node in nodes]

    def holds(status: ClusterStatus) -> bool:
        members = status.view.members
        return all(n in status.reachable and n in members and members[n].well for n in names)

    return Condition(f"{', '.join(names)} are online", holds)


def dc_among(nodes: Iterable[NodePlan]) -> Condition:
    """Pacemaker's controller (DC) is on one of these nodes."""
    names = [node.name for node in nodes]
    return Condition(f"the DC is {' or '.join(names)}", lambda s: s.view.dc in names)


def offline(node: NodePlan) -> Condition:
    """Pacemaker knows the node, and it is no online, clean member."""

    def holds(status: ClusterStatus) -> bool:
        members = status.view.members
        return node.name in members and not members[node.name].well

    return Condition(f"{node} is offline", holds)


def disconnected(guest: GuestPlan) -> Condition:
    """A replica of the guest is seen, and none is connected and up to date."""

    def holds(status: ClusterStatus) -> bool:
        sides = [one.replicas.get(guest.name) for one in status.reachable.values()]
        seen = [side for side in sides if side]
        return bool(seen) and not any(side.healthy for side in seen)

    return Condition(f"the replicas of {guest} are not connected", holds)


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
    """There is a quorate DC, and no resource has a pending action."""
    return Condition(
        "no transition is pending",
        lambda s: s.view.quorate and bool(s.view.dc) and not any(r.busy for r in s.view.resources),
    )


def nothing_failed() -> Condition:
    """There is no failed action, and no failed or unmanaged resource."""

    def holds(status: ClusterStatus) -> bool:
        view = status.view
        return not view.failures and all(r.managed and not r.failed for r in view.resources)

    return Condition("nothing has failed", holds)


def under_control() -> Condition:
    """No node is in maintenance mode, and no resource is unmanaged or blocked."""

    def holds(status: ClusterStatus) -> bool:
        view = status.view
        if view.maintenance or any(member.maintenance for member in view.members.values()):
            return False
        return all(r.managed and not r.blocked for r in view.resources)

    return Condition("nothing is in maintenance, unmanaged or blocked", holds)


def placed(guest: GuestPlan) -> Condition:
    """The guest has exactly one process, on the node where its replica is primary."""

    def holds(status: ClusterStatus) -> bool:
        hosts = status.running(guest.name)
        return len(hosts) == 1 and hosts == status.primaries(guest.name)

    return Condition(f"{guest} runs once, on its primary", holds)


def settled(plan: Plan) -> Condition:
    """All nodes are online, no transition is pending, replicas are up to date, guests are placed.

    The trial waits for it at the end of every test.
    """
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
