"""A snapshot of the cluster: what all reachable nodes report at one moment."""

from dataclasses import dataclass

from harness.record.status import NodeStatus, Pacemaker


@dataclass(frozen=True)
class ClusterStatus:
    """A frozen snapshot. A node that did not answer is None."""

    nodes: dict[str, NodeStatus | None]
    view: Pacemaker
    """The view of a quorate node's Pacemaker; empty if no quorate node can be reached."""

    @property
    def reachable(self) -> dict[str, NodeStatus]:
        """The nodes that answered."""
        return {name: status for name, status in self.nodes.items() if status is not None}

    def running(self, guest: str) -> tuple[str, ...]:
        """Return the nodes with a QEMU process of the guest."""
        return tuple(name for name, status in self.reachable.items() if guest in status.guests)

    def primaries(self, guest: str) -> tuple[str, ...]:
        """Return the nodes whose replica of the guest is primary."""
        return tuple(
            name
            for name, status in self.reachable.items()
            if guest in status.replicas and status.replicas[guest].primary
        )

    def __str__(self) -> str:
        """Return one line for an error message."""
        view = self.view
        online = ",".join(n for n, m in view.members.items() if m.online)
        busy = ",".join(f"{r.name} {r.role}" for r in view.resources if r.busy)
        seen = f"DC {view.dc}, online {online or 'nobody'}, busy {busy or 'nothing'}"
        failed = f", failed: {' / '.join(view.failures)}" if view.failures else ""
        first = f"{seen}{_out_of_control(view)}{failed}"
        return "; ".join([first, *(_own_report(n, s) for n, s in self.nodes.items())])


def _out_of_control(view: Pacemaker) -> str:
    """Return what is in maintenance, unmanaged or blocked, as a part of that line."""
    aside = [name for name, member in view.members.items() if member.maintenance]
    facts = {
        "in maintenance": ["all"] if view.maintenance else aside,
        "unmanaged": [r.name for r in view.resources if not r.managed],
        "blocked": [r.name for r in view.resources if r.blocked],
    }
    return "".join(f", {fact}: {','.join(names)}" for fact, names in facts.items() if names)


def _own_report(name: str, status: NodeStatus | None) -> str:
    if status is None:
        return f"{name}: no answer"
    sides = sorted(status.replicas.items())
    replicas = "".join(f", {g} {r.role}/{r.disk}/{r.connection}" for g, r in sides)
    return f"{name}: runs {','.join(status.guests) or 'no guest'}{replicas}"
