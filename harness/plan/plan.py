"""The plan of a lab: nodes, networks, guests and settings, frozen. `load.py` reads it."""

import hashlib
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, Strict
from pydantic_core import PydanticCustomError

from harness.plan.settings import Corosync, Drbd, GuestDisk, Operations, Pacemaker, Ping, Timings
from harness.plan.strict_yaml import StrictModel

NETWORKS = ("mgmt", "backplane", "lan")
RINGS = ("backplane", "lan")

_Lax = Strict(False)
"""A file has it as a text."""


def _no_number(value: object) -> object:
    """Python's addresses are made of numbers too, even of `true`."""
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
    """What a machine does in the cluster."""

    DATA = "data"
    ARBITRATOR = "arbitrator"


class Acceleration(StrEnum):
    """How the nodes' processors are provided: by hardware or in software."""

    KVM = "kvm"
    TCG = "tcg"


class _Part(StrictModel):
    """A part of the plan that is called by its key; `Plan` tells it."""

    _name: str = PrivateAttr("")

    @property
    def name(self) -> str:
        """Its key in the plan."""
        return self._name

    def __str__(self) -> str:
        return self._name

    __repr__ = __str__  # in a report, and where an assertion is explained


class NodePlan(_Part):
    """One machine of the lab."""

    role: Annotated[Role, _Lax]
    cpus: int = Field(ge=1, le=8, description="a count from 1 to 8")
    memory_mib: int = Field(ge=384, le=2**20, description="MiB from 384 to 1048576")
    addresses: dict[str, Address] = Field(description="an IPv4 address on each network")


class GuestPlan(_Part):
    """One guest: its preferred data node and its address on the lan."""

    prefers: str = Field(description="the name of a data node")
    address: Address
    memory_mib: int = Field(ge=96, le=2**20, description="MiB from 96 to 1048576")
    _minor: int = PrivateAttr(0)

    @property
    def minor(self) -> int:
        """Number of its DRBD device: its place in the plan."""
        return self._minor

    @property
    def mac(self) -> str:
        """Its card's fixed hardware address: a moved guest is still the one its clients know."""
        return f"52:54:00:77:ff:{self.minor:02x}"

    @property
    def port(self) -> int:
        """TCP port of the replica set on the backplane."""
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
    stack: list[str] = Field(min_length=1, description="names of components, in their order")
    """Modules of `fixtures/stack` that build the cluster."""
    corosync: Corosync
    drbd: Drbd
    pacemaker: Pacemaker
    ping: Ping
    guest_disk: GuestDisk
    operations: Operations
    timings: dict[Annotated[Acceleration, _Lax], Timings] = Field(
        description="timings for each of kvm, tcg"
    )
    packages: dict[Annotated[Role, _Lax], dict[str, str]] = Field(
        description="packages for each of data, arbitrator"
    )

    def model_post_init(self, _: object) -> None:
        """Tell each part its key, and each guest its place."""
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
        """Changes with anything that this plan states."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]
