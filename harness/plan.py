"""The plan of a lab: nodes, networks, guests and timings, frozen and checked when it is read."""

import hashlib
import re
from collections import Counter
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from pathlib import Path
from typing import Self

import psutil
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

DEFAULT_PLAN = Path(__file__).parent.parent / "fixtures" / "lab.yml"
NETWORKS = ("mgmt", "backplane", "lan")
RINGS = ("backplane", "lan")
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
"""A name becomes a host name, a file's name and a word of a command."""


class PlanError(Exception):
    """The plan cannot be used; the message names file, key and what to write instead."""


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

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for complaint in self._complaints():
            raise ValueError(complaint)
        return self

    def _complaints(self) -> list[str]:
        data = [n.name for n in self.nodes.values() if n.role is Role.DATA]
        found = []
        if missing := [n for n in NETWORKS if n not in self.networks]:
            found.append(f"networks: {missing[0]} is missing; write `{missing[0]}: 10.77.9.0/24`")
        if len(data) != 2 or len(self.nodes) != 3:
            found.append("nodes: write two nodes with `role: data`, one with `role: arbitrator`")
        found += [
            f"packages.{r}: missing; write `{r}: {{}}`" for r in Role if r not in self.packages
        ]
        found += [
            f"timings.{a}: missing; write `{a}:` and its limits"
            for a in Acceleration
            if a not in self.timings
        ]
        found += [
            f"{part}.{name}: write a name of small letters, digits and dashes"
            for part, names in (("nodes", self.nodes), ("guests", self.guests))
            for name in names
            if not NAME.fullmatch(name)
        ]
        found += self._network_complaints()
        found += [
            f"guests.{g.name}.prefers: no data node {g.prefers!r}; write one of {', '.join(data)}"
            for g in self.guests.values()
            if g.prefers not in data
        ]
        return found + self._address_complaints() + self._disk_complaints()

    def _network_complaints(self) -> list[str]:
        found = [
            f"networks.{name}: unknown key; remove it or write one of {', '.join(NETWORKS)}"
            for name in self.networks
            if name not in NETWORKS
        ]
        for name, subnet in self.networks.items():
            if subnet.prefixlen != 24:
                found.append(f"networks.{name}: write a network of 256 addresses, as 10.77.9.0/24")
        for one, other in combinations(self.networks, 2):
            if self.networks[one].overlaps(self.networks[other]):
                found.append(f"networks.{one}: overlaps {other}; write a free network")
        return found

    def _address_complaints(self) -> list[str]:
        given = [
            (f"nodes.{n.name}.addresses.{net}", net, address)
            for n in self.nodes.values()
            for net, address in n.addresses.items()
        ] + [(f"guests.{g.name}.address", "lan", g.address) for g in self.guests.values()]
        uses = Counter(address for _, _, address in given)
        found = [
            f"nodes.{n.name}.addresses: {net} is missing; write `{net}: <address>`"
            for n in self.nodes.values()
            for net in NETWORKS
            if net not in n.addresses
        ]
        for key, net, address in given:
            subnet = self.networks.get(net)
            if subnet is not None and subnet.prefixlen != 24:
                continue  # said of the network itself
            if subnet is None:
                found.append(f"{key}: no network {net!r}; write one of {', '.join(self.networks)}")
            elif address not in subnet or address in (subnet[0], subnet[1], subnet[-1]):
                found.append(f"{key}: write an address of {subnet} from {subnet[2]} on")
            elif uses[address] > 1:
                found.append(f"{key}: {address} is used twice; write a free address of {subnet}")
        return found

    def _disk_complaints(self) -> list[str]:
        need = len(self.guests) * (self.guest_disk_mib + 8) + 64
        if need > self.data_disk_mib:
            return [f"data_disk_mib: the guests' disks do not fit; write {need} or more"]
        return []

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


def load(path: Path = DEFAULT_PLAN) -> Plan:
    """Read and check a plan.

    Raises:
        PlanError: one line with file, key, and what to write instead.
    """
    try:
        raw = yaml.safe_load(path.read_text())
    except OSError as error:
        raise PlanError(
            f"{path}: cannot be read ({error.strerror}); name a plan that exists"
        ) from None
    except UnicodeDecodeError:
        raise PlanError(f"{path}: not text in UTF-8; write a plan in YAML") from None
    except yaml.YAMLError as error:
        raise PlanError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict):
        raise PlanError(f"{path}: write a mapping with the keys {', '.join(Plan.model_fields)}")
    try:
        return Plan.model_validate(raw)
    except ValidationError as error:
        raise PlanError(f"{path}: {_first_line(error)}") from None


def check_memory(plan: Plan, available_mib: int | None = None) -> None:
    """Refuse a plan that asks for more memory than this machine has.

    Raises:
        PlanError: names the sum, what is there, and what to write.
    """
    total = psutil.virtual_memory().total if available_mib is None else available_mib * 2**20
    wanted = sum(n.memory_mib for n in plan.nodes.values())
    have = total // 2**20
    if wanted > have * 0.9:
        share = int(have * 0.9) // len(plan.nodes)
        raise PlanError(
            f"nodes.*.memory_mib: the nodes want {wanted} MiB, this machine has {have} MiB; "
            f"write {share} or less for each"
        )


def _first_line(error: ValidationError) -> str:
    """The first complaint as `key: what is wrong; what to write`."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    match first["type"]:
        case "value_error":
            return str(first["ctx"]["error"])
        case "extra_forbidden":
            return f"{key}: unknown key; remove it or write one of {_siblings(first['loc'])}"
        case "missing":
            return f"{key}: missing; write `{first['loc'][-1]}: ...`"
        case _:
            return f"{key}: {first['msg']} (found {first['input']!r})"


def _siblings(location: tuple[str | int, ...]) -> str:
    """The keys that are known where an unknown one was found."""
    parts: dict[str, type[Frozen]] = {"nodes": NodePlan, "guests": GuestPlan, "timings": Timings}
    model = parts.get(str(location[0]), Plan) if len(location) > 1 else Plan
    derived = {"name", "minor"}
    return ", ".join(k for k in model.model_fields if k not in derived)
