"""What all reachable nodes report at one moment, frozen; and the parsers behind it.

Each node is asked one question (`SURVEY`) and one quorate node another (`VIEW`), all at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from lxml import etree

SURVEY = r"""
read -r boot < /proc/sys/kernel/random/boot_id; echo "boot $boot"
while read -r line; do echo "drbd $line"; done 2>/dev/null < /proc/drbd
for comm in /proc/[0-9]*/comm; do
  read -r name < $comm || continue
  case $name in qemu-system*|kvm) ;; *) continue ;; esac
  words=(); mapfile -d '' -t words < ${comm%comm}cmdline
  for word in "${words[@]}"; do case $word in guest=*) echo "qemu ${word%%,*}" ;; esac; done
done 2>/dev/null
true
"""
"""What every node is asked: bash alone, no other process, since each costs an emulated node 50 ms
and a harness that looks every two seconds must not slow what it looks at."""

VIEW = "crm_mon --output-as=xml --include=none,dc,nodes,resources,fencing,failures,bans"
"""What one quorate node is asked besides: the cluster as Pacemaker tells it."""


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


@dataclass(frozen=True)
class NodeStatus:
    """What one node says of itself, without asking Pacemaker or libvirt."""

    boot: str
    replicas: dict[str, Replica]
    guests: tuple[str, ...]
    """Guests with a QEMU process here."""

    @classmethod
    def parse(cls, survey: str, minors: Mapping[int, str]) -> Self:
        """Read what `SURVEY` printed; `minors` says whose each DRBD device is."""
        lines = [line.partition(" ")[::2] for line in survey.splitlines()]
        drbd = "\n".join(rest for word, rest in lines if word == "drbd")
        return cls(
            boot=next((rest for word, rest in lines if word == "boot"), ""),
            replicas=parse_replicas(drbd, minors),
            guests=tuple(sorted({r.removeprefix("guest=") for w, r in lines if w == "qemu"})),
        )


@dataclass(frozen=True)
class ClusterStatus:
    """One frozen snapshot; a node that did not answer is None."""

    nodes: dict[str, NodeStatus | None]
    view: Pacemaker
    """As a quorate node tells it; empty when there is none in reach."""

    @property
    def reachable(self) -> dict[str, NodeStatus]:
        """Those that answered."""
        return {name: status for name, status in self.nodes.items() if status is not None}

    def running(self, guest: str) -> tuple[str, ...]:
        """Nodes with a QEMU process of the guest."""
        return tuple(name for name, status in self.reachable.items() if guest in status.guests)

    def primaries(self, guest: str) -> tuple[str, ...]:
        """Nodes whose replica of the guest is primary."""
        return tuple(
            name
            for name, status in self.reachable.items()
            if guest in status.replicas and status.replicas[guest].primary
        )

    def __str__(self) -> str:
        """One line a person can read in an error message."""
        view = self.view
        online = ",".join(n for n, m in view.members.items() if m.online)
        busy = ",".join(f"{r.name} {r.role}" for r in view.resources if r.busy)
        told = f"DC {view.dc}, online {online or 'nobody'}, busy {busy or 'nothing'}"
        failed = f", failed: {' / '.join(view.failures)}" if view.failures else ""
        return "; ".join([told + failed, *(_say(n, s) for n, s in self.nodes.items())])


def _say(name: str, status: NodeStatus | None) -> str:
    if status is None:
        return f"{name}: no answer"
    sides = sorted(status.replicas.items())
    replicas = "".join(f", {g} {r.role}/{r.disk}/{r.connection}" for g, r in sides)
    return f"{name}: runs {','.join(status.guests) or 'no guest'}{replicas}"


def parse_replicas(text: str, minors: Mapping[int, str]) -> dict[str, Replica]:
    """/proc/drbd of DRBD 8.4: `1: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate …`."""
    pattern = re.compile(r"^\s*(\d+): cs:(\w+)(?: ro:(\w+)/\w+ ds:(\w+)/(\w+))?", re.MULTILINE)
    return {
        minors[int(minor)]: Replica(
            role=role or "Unknown",
            disk=disk or "Unknown",
            connection=connection,
            peer_disk=peer_disk or "Unknown",
        )
        for minor, connection, role, disk, peer_disk in pattern.findall(text)
        if int(minor) in minors
    }


def parse_pacemaker(text: str) -> Pacemaker:
    """`crm_mon --output-as=xml`; anything else, as from a daemon that is down, is an empty view."""
    start = text.find("<pacemaker-result")
    if start < 0:
        return Pacemaker()
    try:
        tree = etree.fromstring(text[start:].encode())
    except etree.XMLSyntaxError:
        return Pacemaker()
    dc = tree.find("summary/current_dc[@present='true']")
    return Pacemaker(
        dc=None if dc is None else dc.get("name"),
        quorate=dc is not None and _true(dc, "with_quorum"),
        members={str(n.get("name")): _member(n) for n in tree.findall("nodes/node")},
        resources=tuple(_resource(r) for r in tree.iterfind("resources//resource")),
        fencings=tuple(_fencing(f) for f in tree.iterfind("fence_history/fence_event")),
        failures=tuple(_failure(f) for f in tree.iterfind("failures/failure")),
        bans=tuple(str(ban.get("id")) for ban in tree.iterfind("bans/ban")),
    )


def _true(element: etree._Element, name: str) -> bool:
    return element.get(name) == "true"


def _member(node: etree._Element) -> Member:
    return Member(
        online=_true(node, "online"),
        unclean=_true(node, "unclean"),
        pending=_true(node, "pending"),
        standby=_true(node, "standby"),
        maintenance=_true(node, "maintenance"),
    )


def _resource(resource: etree._Element) -> Resource:
    return Resource(
        name=str(resource.get("id")),
        role=str(resource.get("role")),
        nodes=tuple(str(node.get("name")) for node in resource.findall("node")),
        failed=_true(resource, "failed"),
        managed=_true(resource, "managed"),
        pending=str(resource.get("pending", "")),
    )


def _fencing(event: etree._Element) -> Fencing:
    names = ("target", "action", "status", "completed")
    return Fencing(*(str(event.get(name, "")) for name in names))


def _failure(failure: etree._Element) -> str:
    said = failure.get("exitreason") or failure.get("exitstatus")
    return f"{failure.get('op_key')} on {failure.get('node')}: {said}"
