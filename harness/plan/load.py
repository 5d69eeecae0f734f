"""Reading a plan: what is wrong with it is one line, with file, key and what to write instead."""

import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import psutil
import yaml
from pydantic import ValidationError

from harness.errors import InputError
from harness.plan.plan import (
    NETWORKS,
    Acceleration,
    Frozen,
    GuestPlan,
    NodePlan,
    Plan,
    Role,
    Timings,
)

DEFAULT_PLAN = Path(__file__).parents[2] / "fixtures" / "lab.yml"
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
"""A name becomes a host name, a file's name and a word of a command."""


def load(path: Path = DEFAULT_PLAN) -> Plan:
    """Read and check a plan.

    Raises:
        InputError: one line with file, key, and what to write instead.
    """
    try:
        raw = yaml.safe_load(path.read_text())
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); name a plan that exists"
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not text in UTF-8; write a plan in YAML") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict):
        raise InputError(f"{path}: write a mapping with the keys {', '.join(Plan.model_fields)}")
    try:
        plan = Plan.model_validate(raw)
    except ValidationError as error:
        raise InputError(f"{path}: {_first_line(error)}") from None
    for complaint in complaints(plan):
        raise InputError(f"{path}: {complaint}")
    return plan


def check_memory(plan: Plan, available_mib: int | None = None) -> None:
    """Refuse a plan that asks for more memory than this machine has.

    Raises:
        InputError: names the sum, what is there, and what to write.
    """
    total = psutil.virtual_memory().total if available_mib is None else available_mib * 2**20
    wanted = sum(n.memory_mib for n in plan.nodes.values())
    have = total // 2**20
    if wanted > have * 0.9:
        share = int(have * 0.9) // len(plan.nodes)
        raise InputError(
            f"nodes.*.memory_mib: the nodes want {wanted} MiB, this machine has {have} MiB; "
            f"write {share} or less for each"
        )


def _first_line(error: ValidationError) -> str:
    """The first complaint as `key: what is wrong; what to write`."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    match first["type"]:
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


def complaints(plan: Plan) -> list[str]:
    """What does not hang together, each as `key: what is wrong; what to write`."""
    data = [n.name for n in plan.nodes.values() if n.role is Role.DATA]
    found = []
    if missing := [n for n in NETWORKS if n not in plan.networks]:
        found.append(f"networks: {missing[0]} is missing; write `{missing[0]}: 10.77.9.0/24`")
    if len(data) != 2 or len(plan.nodes) != 3:
        found.append("nodes: write two nodes with `role: data`, one with `role: arbitrator`")
    found += [f"packages.{r}: missing; write `{r}: {{}}`" for r in Role if r not in plan.packages]
    found += [
        f"timings.{a}: missing; write `{a}:` and its limits"
        for a in Acceleration
        if a not in plan.timings
    ]
    found += [
        f"{part}.{name}: write a name of small letters, digits and dashes"
        for part, names in (("nodes", plan.nodes), ("guests", plan.guests))
        for name in names
        if not NAME.fullmatch(name)
    ]
    found += _of_networks(plan)
    found += [
        f"guests.{g.name}.prefers: no data node {g.prefers!r}; write one of {', '.join(data)}"
        for g in plan.guests.values()
        if g.prefers not in data
    ]
    return found + _of_addresses(plan) + _of_disks(plan)


def _of_networks(plan: Plan) -> list[str]:
    found = [
        f"networks.{name}: unknown key; remove it or write one of {', '.join(NETWORKS)}"
        for name in plan.networks
        if name not in NETWORKS
    ]
    for name, subnet in plan.networks.items():
        if subnet.prefixlen != 24:
            found.append(f"networks.{name}: write a network of 256 addresses, as 10.77.9.0/24")
    for one, other in combinations(plan.networks, 2):
        if plan.networks[one].overlaps(plan.networks[other]):
            found.append(f"networks.{one}: overlaps {other}; write a free network")
    return found


def _of_addresses(plan: Plan) -> list[str]:
    given = [
        (f"nodes.{n.name}.addresses.{net}", net, address)
        for n in plan.nodes.values()
        for net, address in n.addresses.items()
    ] + [(f"guests.{g.name}.address", "lan", g.address) for g in plan.guests.values()]
    uses = Counter(address for _, _, address in given)
    found = [
        f"nodes.{n.name}.addresses: {net} is missing; write `{net}: <address>`"
        for n in plan.nodes.values()
        for net in NETWORKS
        if net not in n.addresses
    ]
    for key, net, address in given:
        subnet = plan.networks.get(net)
        if subnet is not None and subnet.prefixlen != 24:
            continue  # said of the network itself
        if subnet is None:
            found.append(f"{key}: no network {net!r}; write one of {', '.join(plan.networks)}")
        elif address not in subnet or address in (subnet[0], subnet[1], subnet[-1]):
            found.append(f"{key}: write an address of {subnet} from {subnet[2]} on")
        elif uses[address] > 1:
            found.append(f"{key}: {address} is used twice; write a free address of {subnet}")
    return found


def _of_disks(plan: Plan) -> list[str]:
    need = len(plan.guests) * (plan.guest_disk_mib + 8) + 64
    if need > plan.data_disk_mib:
        return [f"data_disk_mib: the guests' disks do not fit; write {need} or more"]
    return []
