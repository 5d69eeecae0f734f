"""Does a plan hang together? Each complaint is `key: what is wrong; what to write`."""

import re
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations, product

from harness.plan.plan import NETWORKS, Acceleration, Plan, Role

NAME = re.compile(r"[a-z](?:-?[a-z0-9]){0,30}")
"""A name becomes a host name (RFC 1123), a file's name and a word of a command."""
RESERVED = frozenset(
    (
        *("localhost", "gateway", "broadcasthost"),  # /etc/hosts
        *("all", "common", "global", "options"),  # drbdadm's words, and Pacemaker's
        *("snapshot", "pvmove"),  # lvm(8)
        *("ping", "defaults", "fence", "drbd", "cib"),  # begins of ids, in the CIB
    )
)
RESERVED_BEGINS = ("drbd-", "fence-", "ping-", "cib-", "defaults-", "snapshot", "pvmove")
RESERVED_ENDS = (
    *("-clone", "-settings", "-meta", "-prefers", "-on-primary", "-after-promote"),
    *("-not-on-arbitrator", "-start", "-stop", "-monitor", "-elsewhere", "-needs-lan"),
)
"""With them ids in Pacemaker's configuration are made of a guest's or a node's name."""
PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
VERSION = re.compile(r"[0-9A-Za-z.+:~*?-]+")
PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918."""
NODES_OWN_MIB = 640
"""What Debian, Pacemaker and QEMU take of a data node beside its guests' memory."""


def complaints(plan: Plan) -> list[str]:
    """All of them; none when the plan can be built."""
    checks = (
        _of_roles,
        _of_timings,
        _of_names,
        _of_networks,
        _of_addresses,
        _of_guests,
        _of_packages,
    )
    return [found for check in checks for found in check(plan)]


def _of_roles(plan: Plan) -> Iterator[str]:
    data = [node for node in plan.nodes.values() if node.role is Role.DATA]
    if len(data) != 2 or len(plan.nodes) != 3:
        yield "nodes: write two nodes with `role: data`, one with `role: arbitrator`"
    yield from (f"packages.{r}: missing; write `{r}: {{}}`" for r in Role if r not in plan.packages)


def _of_timings(plan: Plan) -> Iterator[str]:
    longest_s = plan.ping.attempts * plan.ping.timeout_s
    ops = plan.operations
    for accel in Acceleration:
        if accel not in plan.timings:
            yield f"timings.{accel}: missing; write `{accel}:` and its limits"
            continue
        timings = plan.timings[accel]
        limit_s = min(ops.ping_start_timeout_s, ops.ping_monitor_timeout_s) * timings.agent_scale
        if longest_s > limit_s:
            why = f"all attempts take {longest_s} s, with {accel} ping is given {limit_s:g} s"
            yield f"ping.timeout_s: {why}; write less"
        if timings.drbd_ping_timeout_ds > timings.drbd_timeout_ds:
            yield f"timings.{accel}.drbd_ping_timeout_ds: write drbd_timeout_ds or less"


def _of_names(plan: Plan) -> Iterator[str]:
    for kind, names in (("nodes", plan.nodes), ("guests", plan.guests)):
        for name in names:
            if wrong := _wrong_name(name):
                yield f"{kind}.{name}: {wrong}"
    for name in plan.nodes.keys() & plan.guests.keys():
        yield f"guests.{name}: a node has this name; write another one"
    for node, guest in product(plan.nodes, plan.guests):
        if f"{node}-{guest}" in plan.nodes:
            yield f"nodes.{node}-{guest}: the console of {guest} on {node} has this name too"


def _wrong_name(name: str) -> str | None:
    if not NAME.fullmatch(name):
        return "write a name of small letters, digits and single dashes, 31 characters at most"
    if name in RESERVED or name.startswith(RESERVED_BEGINS) or name.endswith(RESERVED_ENDS):
        return "this name has a meaning in the stack; write another one"
    return None


def _of_networks(plan: Plan) -> Iterator[str]:
    for name in NETWORKS:
        if name not in plan.networks:
            yield f"networks: {name} is missing; write `{name}: 10.77.9.0/24`"
    for name, subnet in plan.networks.items():
        if name not in NETWORKS:
            known = ", ".join(NETWORKS)
            yield f"networks.{name}: unknown key; remove it or write one of {known}"
        if subnet.prefixlen != 24 or not any(map(subnet.subnet_of, PRIVATE)):
            yield f"networks.{name}: write a private network of 256 addresses, as 10.77.9.0/24"
    for one, other in combinations(plan.networks, 2):
        if plan.networks[one].overlaps(plan.networks[other]):
            yield f"networks.{one}: overlaps {other}; write a free network"


def _of_addresses(plan: Plan) -> Iterator[str]:
    for node in plan.nodes.values():
        for network in NETWORKS:
            if network not in node.addresses:
                key = f"nodes.{node}.addresses"
                yield f"{key}: {network} is missing; write `{network}: <address>`"
    uses = Counter(address for _, _, address in _given(plan))
    for key, network, address in _given(plan):
        if wrong := _wrong_address(plan, network, address, used=uses[address]):
            yield f"{key}: {wrong}"


def _wrong_address(plan: Plan, network: str, address: IPv4Address, *, used: int) -> str | None:
    subnet = plan.networks.get(network)
    if subnet is None:
        return f"no network {network!r}; write one of {', '.join(plan.networks)}"
    if subnet.prefixlen != 24:
        return None  # stated of the network itself
    if address not in subnet or address in (subnet[0], subnet[1], subnet[-1]):
        return f"write an address of {subnet} from {subnet[2]} on"
    return f"{address} is used twice; write a free address of {subnet}" if used > 1 else None


def _given(plan: Plan) -> Iterator[tuple[str, str, IPv4Address]]:
    """Each address with its key and its network."""
    for node in plan.nodes.values():
        for network, address in node.addresses.items():
            yield f"nodes.{node}.addresses.{network}", network, address
    for guest in plan.guests.values():
        yield f"guests.{guest}.address", "lan", guest.address


def _of_guests(plan: Plan) -> Iterator[str]:
    """Each data node must carry all guests: that is what the other one's loss asks of it."""
    data = [node for node in plan.nodes.values() if node.role is Role.DATA]
    for guest in plan.guests.values():
        if guest.prefers not in (node.name for node in data):
            names = ", ".join(map(str, data))
            yield f"guests.{guest}.prefers: no data node {guest.prefers!r}; write one of {names}"
    wanted = sum(guest.memory_mib for guest in plan.guests.values()) + NODES_OWN_MIB
    for node in data:
        if node.memory_mib < wanted:
            yield f"nodes.{node}.memory_mib: not all guests fit on it; write {wanted} or more"
    disks = len(plan.guests) * (plan.guest_disk_mib + 8) + 64
    if disks > plan.data_disk_mib:
        yield f"data_disk_mib: the guests' disks do not fit; write {disks} or more"


def _of_packages(plan: Plan) -> Iterator[str]:
    for role, packages in plan.packages.items():
        if not packages:
            yield f"packages.{role}: empty; write the packages of the stack"
        for name, version in packages.items():
            if not PACKAGE.fullmatch(name):
                yield f"packages.{role}.{name}: write the name of a Debian package"
            if not VERSION.fullmatch(version):
                yield f"packages.{role}.{name}: write a version, as 2.1.* or 1:4.12.*"
