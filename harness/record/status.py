"""The state of nodes and of the cluster, as frozen parts of events and snapshots."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Replica:
    """One node's replica of a guest, with DRBD's names for its states."""

    role: str = "Unknown"
    disk: str = "Unknown"
    connection: str = "Unknown"
    peer_disk: str = "Unknown"

    @property
    def healthy(self) -> bool:
        """Whether it is connected, and up to date on both sides."""
        return (self.connection, self.disk, self.peer_disk) == ("Connected", "UpToDate", "UpToDate")

    @property
    def primary(self) -> bool:
        """Whether it is primary, that is, writable."""
        return self.role == "Primary"


@dataclass(frozen=True)
class Member:
    """The state of a node, reported by Pacemaker on any node."""

    online: bool
    unclean: bool
    pending: bool
    standby: bool
    maintenance: bool

    @property
    def well(self) -> bool:
        """Whether it is online, clean, and not joining."""
        return self.online and not (self.unclean or self.pending)


@dataclass(frozen=True)
class Resource:
    """The state of a resource instance, reported by Pacemaker."""

    name: str
    role: str
    nodes: tuple[str, ...]
    failed: bool
    managed: bool
    pending: str = ""
    """The pending action, if any."""
    blocked: bool = False
    """Whether a failure keeps Pacemaker from acting on it."""

    @property
    def busy(self) -> bool:
        """Whether an action on it is pending, or it is in a transient role."""
        return bool(self.pending) or self.role not in (
            "Started",
            "Stopped",
            "Promoted",
            "Unpromoted",
        )


@dataclass(frozen=True)
class Fencing:
    """One action in Pacemaker's fencing history."""

    target: str
    action: str
    status: str
    completed: str


@dataclass(frozen=True)
class Pacemaker:
    """The state of the cluster, reported by one node's Pacemaker. Empty if it did not answer."""

    dc: str | None = None
    quorate: bool = False
    members: dict[str, Member] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    fencings: tuple[Fencing, ...] = ()
    failures: tuple[str, ...] = ()
    bans: tuple[str, ...] = ()
    maintenance: bool = False
    """Whether the whole cluster is in maintenance mode. Each node has a flag of its own as well."""


@dataclass(frozen=True)
class NodeStatus:
    """The state of one node, reported by the node without Pacemaker or libvirt."""

    boot: str
    replicas: dict[str, Replica]
    guests: tuple[str, ...]
    """Guests with a QEMU process on this node."""
