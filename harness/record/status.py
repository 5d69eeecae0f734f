"""What nodes report of themselves and of the cluster, frozen: parts of events and of snapshots."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Replica:
    """One node's side of a guest's replica set, in DRBD's own words."""

    role: str = "Unknown"
    disk: str = "Unknown"
    connection: str = "Unknown"
    peer_disk: str = "Unknown"

    @property
    def healthy(self) -> bool:
        """Connected, and up to date on both sides."""
        return (self.connection, self.disk, self.peer_disk) == ("Connected", "UpToDate", "UpToDate")

    @property
    def primary(self) -> bool:
        """May this side be written to?"""
        return self.role == "Primary"


@dataclass(frozen=True)
class Member:
    """A node as Pacemaker on another node, or on itself, sees it."""

    online: bool
    unclean: bool
    pending: bool
    standby: bool
    maintenance: bool

    @property
    def well(self) -> bool:
        """A member in good standing."""
        return self.online and not (self.unclean or self.pending)


@dataclass(frozen=True)
class Resource:
    """A resource instance as Pacemaker sees it."""

    name: str
    role: str
    nodes: tuple[str, ...]
    failed: bool
    managed: bool
    pending: str = ""
    """What the cluster is doing with it."""
    blocked: bool = False
    """Did something go wrong with it that keeps the cluster from doing anything more?"""

    @property
    def busy(self) -> bool:
        """Is the cluster in the middle of something with it?"""
        return bool(self.pending) or self.role not in (
            "Started",
            "Stopped",
            "Promoted",
            "Unpromoted",
        )


@dataclass(frozen=True)
class Fencing:
    """One fencing action of the history."""

    target: str
    action: str
    status: str
    completed: str


@dataclass(frozen=True)
class Pacemaker:
    """The cluster as one node's Pacemaker tells it; empty when it tells nothing."""

    dc: str | None = None
    quorate: bool = False
    members: dict[str, Member] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    fencings: tuple[Fencing, ...] = ()
    failures: tuple[str, ...] = ()
    bans: tuple[str, ...] = ()
    maintenance: bool = False
    """Is the whole cluster in maintenance mode? Each node has a flag of its own besides."""


@dataclass(frozen=True)
class NodeStatus:
    """What one node says of itself, without asking Pacemaker or libvirt."""

    boot: str
    replicas: dict[str, Replica]
    guests: tuple[str, ...]
    """Guests with a QEMU process here."""
