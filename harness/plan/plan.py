"""The plan of a lab: nodes, networks, guests and timings, frozen. `load.py` reads it."""

import hashlib
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network

from pydantic import BaseModel, ConfigDict, Field, model_validator

NETWORKS = ("mgmt", "backplane", "lan")
RINGS = ("backplane", "lan")


class Role(StrEnum):
    """What a machine does in the cluster."""

    DATA = "data"
    ARBITRATOR = "arbitrator"


class Acceleration(StrEnum):
    """How the nodes' processors are provided: by hardware or in software."""

    KVM = "kvm"
    TCG = "tcg"


class Frozen(BaseModel):
    """Base of every part of the plan: no unknown key, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NodePlan(Frozen):
    """One machine of the lab."""

    name: str
    role: Role
    cpus: int = Field(ge=1, le=8)
    memory_mib: int = Field(ge=384)
    addresses: dict[str, IPv4Address]

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__  # in a report, and where an assertion is explained


class GuestPlan(Frozen):
    """One guest: its preferred data node and its address on the lan."""

    name: str
    prefers: str
    address: IPv4Address
    memory_mib: int = Field(ge=96)
    minor: int
    """Number of its DRBD device; its replication port is 7788 + minor."""

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__  # in a report, and where an assertion is explained

    @property
    def mac(self) -> str:
        """Its card's fixed hardware address: a moved guest is still the one its clients know."""
        return f"52:54:00:77:ff:{self.minor:02x}"

    @property
    def port(self) -> int:
        """TCP port of the replica set on the backplane."""
        return 7788 + self.minor


class Timings(Frozen):
    """What differs between an emulated and an accelerated cluster; the unit is in each name."""

    token_ms: int
    drbd_ping_timeout_ds: int
    drbd_timeout_ds: int
    agent_scale: float = Field(gt=0)
    monitor_scale: float = Field(gt=0)
    stonith_timeout_s: int
    ping_dampen_s: int
    load_threshold: str
    echo_period_ms: int = Field(ge=20, le=100)
    write_period_ms: int = Field(ge=100, le=1000)
    quorum_stop_s: int = Field(ge=1)

    def monitor_interval(self, advised: timedelta) -> timedelta:
        """How often an agent's monitor runs here, of which its agent advises this interval."""
        return advised * self.monitor_scale


class Plan(Frozen):
    """The whole lab."""

    release: str
    networks: dict[str, IPv4Network]
    nodes: dict[str, NodePlan]
    guests: dict[str, GuestPlan]
    guest_disk_mib: int = Field(ge=256)
    data_disk_mib: int = Field(ge=1024)
    packages: dict[Role, dict[str, str]]
    timings: dict[Acceleration, Timings]

    @model_validator(mode="before")
    @classmethod
    def _name_the_parts(cls, raw: dict[str, object]) -> dict[str, object]:
        """A node's and a guest's name is its key; a guest's minor is its place in the list."""
        nodes, guests = raw.get("nodes"), raw.get("guests")
        named = dict(raw)
        if isinstance(nodes, dict):
            named["nodes"] = {k: _with(v, name=k) for k, v in nodes.items()}
        if isinstance(guests, dict):
            numbered = enumerate(guests.items(), start=1)
            named["guests"] = {k: _with(v, name=k, minor=i) for i, (k, v) in numbered}
        return named

    @property
    def data_nodes(self) -> tuple[NodePlan, ...]:
        """The two nodes that hold replicas and run guests."""
        return tuple(n for n in self.nodes.values() if n.role is Role.DATA)

    @property
    def arbitrator(self) -> NodePlan:
        """The node that only votes and fences."""
        return next(n for n in self.nodes.values() if n.role is Role.ARBITRATOR)

    @property
    def node_id(self) -> dict[str, int]:
        """Corosync's node numbers, in the order of the plan."""
        return {name: number for number, name in enumerate(self.nodes, start=1)}

    def gateway(self, network: str) -> IPv4Address:
        """The hypervisor's own address on a network; on the lan it is the ping target."""
        return self.networks[network][1]

    def mac(self, node: NodePlan, network: str) -> str:
        """A card's fixed hardware address, so that a cable can be named before a boot."""
        return f"52:54:00:77:{NETWORKS.index(network):02x}:{self.node_id[node.name]:02x}"

    @property
    def digest(self) -> str:
        """Changes with anything that this plan says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def _with(part: object, **derived: object) -> object:
    """A part of the plan with what follows from its place; what is no mapping is refused later."""
    if part is None:
        return derived
    return {**part, **derived} if isinstance(part, dict) else part
