"""What all reachable nodes report at one moment, frozen; and the parsers behind it.

Each node is asked once for everything (`SURVEY`), so that a snapshot costs one round trip and
its parts belong together.
"""

import re
from dataclasses import dataclass, field
from typing import Self

from lxml import etree

SURVEY = """
echo '== boot'; cat /proc/sys/kernel/random/boot_id
echo '== quorum'; corosync-quorumtool -s
echo '== controller'; timeout 5 crmadmin -S $(uname -n)
echo '== pacemaker'; timeout 10 crm_mon --output-as=xml --include=all
echo '== replicas'; drbdsetup events2 --now 2>/dev/null
echo '== guests'; for pid in $(pgrep -x 'qemu-system-x86|kvm'); do
  tr '\\0' '\\n' < /proc/$pid/cmdline | sed -n 's/^guest=\\([^,]*\\).*/\\1/p'; done
true
"""
"""Shell text that a node is asked with; sections are parsed one by one."""


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


@dataclass(frozen=True)
class Resource:
    """A resource instance as Pacemaker sees it."""

    name: str
    role: str
    nodes: tuple[str, ...]
    failed: bool
    managed: bool


@dataclass(frozen=True)
class Fencing:
    """One fencing action of the history."""

    target: str
    action: str
    status: str
    completed: str


@dataclass(frozen=True)
class Pacemaker:
    """The cluster as one node's Pacemaker tells it."""

    dc: str | None = None
    members: dict[str, Member] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    fencings: tuple[Fencing, ...] = ()
    failures: tuple[str, ...] = ()
    bans: tuple[str, ...] = ()


@dataclass(frozen=True)
class NodeStatus:
    """What one node says of itself and of the cluster."""

    boot: str
    quorate: bool
    controller: str
    pacemaker: Pacemaker
    replicas: dict[str, Replica]
    guests: tuple[str, ...]
    """Guests with a QEMU process here, seen without asking Pacemaker or libvirt."""

    @classmethod
    def parse(cls, survey: str) -> Self:
        """Read what `SURVEY` printed; a section that a dead daemon left empty reads as its lack."""
        parts = _sections(survey)
        return cls(
            boot=parts.get("boot", "").strip(),
            quorate=bool(re.search(r"^Quorate:\s+Yes", parts.get("quorum", ""), re.MULTILINE)),
            controller=parse_controller(parts.get("controller", "")),
            pacemaker=parse_pacemaker(parts.get("pacemaker", "")),
            replicas=parse_replicas(parts.get("replicas", "")),
            guests=tuple(sorted(parts.get("guests", "").split())),
        )


@dataclass(frozen=True)
class ClusterStatus:
    """One frozen snapshot; a node that did not answer is None."""

    nodes: dict[str, NodeStatus | None]

    @property
    def reachable(self) -> dict[str, NodeStatus]:
        """Those that answered."""
        return {name: status for name, status in self.nodes.items() if status is not None}

    @property
    def view(self) -> Pacemaker:
        """The quorate partition's view: its DC's own, else any of its nodes', else an empty one."""
        quorate = {n: s for n, s in self.reachable.items() if s.quorate and s.pacemaker.dc}
        for name, status in quorate.items():
            if status.pacemaker.dc == name:
                return status.pacemaker
        return next((status.pacemaker for status in quorate.values()), Pacemaker())

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
        return "; ".join(_say(name, status) for name, status in self.nodes.items())


def _say(name: str, status: NodeStatus | None) -> str:
    if status is None:
        return f"{name}: no answer"
    replicas = ",".join(
        f"{g} {r.role}/{r.disk}/{r.connection}" for g, r in sorted(status.replicas.items())
    )
    quorum = "quorate" if status.quorate else "no quorum"
    online = ",".join(n for n, m in status.pacemaker.members.items() if m.online)
    running = ",".join(status.guests) or "no guest"
    return (
        f"{name}: {quorum}, {status.controller}, sees {online or 'nobody'}, {running}, {replicas}"
    )


def _sections(survey: str) -> dict[str, str]:
    parts = re.split(r"^== (\w+)\n", survey, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def parse_controller(text: str) -> str:
    """State of the node's controller: S_IDLE on a DC with nothing to do, S_NOT_DC elsewhere."""
    found = re.search(r"\bS_[A-Z_]+\b", text)
    return found.group() if found else "none"


def parse_replicas(text: str) -> dict[str, Replica]:
    """`drbdsetup events2 --now`: one object a line, as `key:value` words (8.4 prints no JSON)."""
    seen: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) < 3 or words[0] != "exists":
            continue
        values = dict(word.split(":", 1) for word in words[2:] if ":" in word)
        known = seen.setdefault(values.get("name", ""), {})
        match words[1]:
            case "resource":
                known["role"] = values["role"]
            case "device":
                known["disk"] = values["disk"]
            case "connection":
                known["connection"] = values["connection"]
            case "peer-device":
                known["peer_disk"] = values["peer-disk"]
    return {name: Replica(**values) for name, values in seen.items() if name}


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
    )


def _fencing(event: etree._Element) -> Fencing:
    names = ("target", "action", "status", "completed")
    return Fencing(*(str(event.get(name, "")) for name in names))


def _failure(failure: etree._Element) -> str:
    return f"{failure.get('op_key')} on {failure.get('node')}: {failure.get('exitstatus')}"
