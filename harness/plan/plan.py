"""The plan of a lab: nodes, networks, guests and settings, as frozen models. See `load.py`."""

import hashlib
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, Strict
from pydantic_core import PydanticCustomError

from harness.plan.settings import (
    Corosync,
    Drbd,
    GuestDisk,
    Operations,
    Pacemaker,
    Ping,
    Systemd,
    Timings,
)
from harness.plan.strict_yaml import StrictModel

NETWORKS = ("mgmt", "backplane", "lan")
RINGS = ("backplane", "lan")

_Lax = Strict(False)
"""For a type that a file contains as text, and pydantic converts."""


def _no_number(value: object) -> object:
    """Reject numbers, because `ipaddress` accepts them as addresses, even `true`."""
    if isinstance(value, int):
        raise PydanticCustomError("no_text", "no text")
    return value


Address = Annotated[
    IPv4Address, _Lax, Field(description="an IPv4 address"), BeforeValidator(_no_number)
]
Network = Annotated[
    IPv4Network,
    _Lax,
    Field(description="an IPv4 network, as 10.77.9.0/24"),
    BeforeValidator(_no_number),
]


class Role(StrEnum):
    """The role of a node in the cluster."""

    DATA = "data"
    ARBITRATOR = "arbitrator"


class Acceleration(StrEnum):
    """The nodes' virtualization: by hardware (KVM) or in software (TCG)."""

    KVM = "kvm"
    TCG = "tcg"


class _Part(StrictModel):
    """A part of the plan that is named by its key. `Plan` sets the name."""

    _name: str = PrivateAttr("")

    @property
    def name(self) -> str:
        """Its key in the plan."""
        return self._name

    def __str__(self) -> str:
        return self._name

    __repr__ = __str__  # for reports and for explanations of assertions


class NodePlan(_Part):
    """A node: its role, its size and its addresses."""

    role: Annotated[Role, _Lax]
    cpus: int = Field(ge=1, le=8, description="a count from 1 to 8")
    memory_mib: int = Field(ge=384, le=2**20, description="MiB from 384 to 1048576")
    addresses: dict[str, Address] = Field(description="an IPv4 address on each network")


class GuestPlan(_Part):
    """A guest: its preferred data node, its address on `lan` and its memory."""

    prefers: str = Field(description="the name of a data node")
    address: Address
    memory_mib: int = Field(ge=96, le=2**20, description="MiB from 96 to 1048576")
    _minor: int = PrivateAttr(0)

    @property
    def minor(self) -> int:
        """Minor number of its DRBD device: its position in the plan, from 1."""
        return self._minor

    @property
    def mac(self) -> str:
        """MAC address of its network card. It is the same on every node."""
        return f"52:54:00:77:ff:{self.minor:02x}"

    @property
    def port(self) -> int:
        """TCP port of its DRBD resource on the backplane."""
        return 7788 + self.minor


class Plan(StrictModel):
    """The whole lab."""

    release: Literal["bookworm", "trixie"]
    networks: dict[str, Network] = Field(
        description="networks for mgmt, backplane, lan, as 10.77.9.0/24"
    )
    nodes: dict[str, NodePlan] = Field(description="two data nodes and an arbitrator by name")
    guests: dict[str, GuestPlan] = Field(min_length=1, description="guests by name")
    guest_disk_mib: int = Field(ge=256, le=2**20, description="MiB from 256 to 1048576")
    data_disk_mib: int = Field(ge=1024, le=2**24, description="MiB from 1024 to 16777216")
    system_disks: int = Field(ge=1, le=2, description="1, or 2 for a RAID1")
    """Disks of each node with its operating system. Two are the legs of md arrays."""
    stack: list[str] = Field(min_length=1, description="names of components, in their order")
    """Modules of `fixtures/stack` that build the cluster."""
    corosync: Corosync
    drbd: Drbd
    pacemaker: Pacemaker
    ping: Ping
    systemd: Systemd
    guest_disk: GuestDisk
    operations: Operations
    timings: dict[Annotated[Acceleration, _Lax], Timings] = Field(
        description="timings for each of kvm, tcg"
    )
    packages: dict[Annotated[Role, _Lax], dict[str, str]] = Field(
        description="packages for each of data, arbitrator"
    )

    def model_post_init(self, _: object) -> None:
        """Set the name of each part, and the minor number of each guest."""
        for name, part in (*self.nodes.items(), *self.guests.items()):
            part._name = name
        for minor, guest in enumerate(self.guests.values(), start=1):
            guest._minor = minor

    @property
    def data_nodes(self) -> tuple[NodePlan, ...]:
        """The two nodes that hold replicas and run guests."""
        return tuple(n for n in self.nodes.values() if n.role is Role.DATA)

    @property
    def arbitrator(self) -> NodePlan:
        """The node that votes and fences, but holds no replica."""
        return next(n for n in self.nodes.values() if n.role is Role.ARBITRATOR)

    @property
    def node_id(self) -> dict[str, int]:
        """Corosync's node id by the node's name, in the order of the plan."""
        return {name: number for number, name in enumerate(self.nodes, start=1)}

    def gateway(self, network: str) -> IPv4Address:
        """Return the hypervisor's address on a network. On `lan` it is the ping target."""
        return self.networks[network][1]

    def mac(self, node: NodePlan, network: str) -> str:
        """Return the MAC address of a node's card on a network, known before the node boots."""
        return f"52:54:00:77:{NETWORKS.index(network):02x}:{self.node_id[node.name]:02x}"

    @property
    def digest(self) -> str:
        """Hash of the whole plan."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]
