"""Consistency checks of a plan. Each finding has the form `key: what is wrong; what to write`."""

import re
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations, product

from harness.plan.plan import NETWORKS, Acceleration, Plan, Role

NAME = re.compile(r"[a-z](?:-?[a-z0-9]){0,30}")
"""A valid name. It serves as a host name (RFC 1123), a file name and a word of a command."""
RESERVED = frozenset(
    (
        *("localhost", "gateway", "broadcasthost"),  # /etc/hosts
        *("all", "common", "global", "options"),  # keywords of drbdadm and Pacemaker
        *("snapshot", "pvmove"),  # lvm(8)
        *("ping", "defaults", "fence", "drbd", "cib"),  # prefixes of ids in the CIB
    )
)
RESERVED_PREFIXES = ("drbd-", "fence-", "ping-", "cib-", "defaults-", "snapshot", "pvmove")
RESERVED_SUFFIXES = (
    *("-clone", "-settings", "-meta", "-prefers", "-on-primary", "-after-promote"),
    *("-not-on-arbitrator", "-start", "-stop", "-monitor", "-elsewhere", "-needs-lan"),
)
"""Suffixes that form ids in Pacemaker's configuration from a guest's or a node's name."""
PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
VERSION = re.compile(r"[0-9A-Za-z.+:~*?-]+")
PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918."""
OVERHEAD_MIB = 640
"""Memory of a data node for Debian, Pacemaker and QEMU, beside its guests' memory."""


def inconsistencies(plan: Plan) -> list[str]:
    """Return all findings, or an empty list if the plan can be built."""
    checks = (
        _check_roles,
        _check_timings,
        _check_names,
        _check_networks,
        _check_addresses,
        _check_guests,
        _check_packages,
    )
    return [finding for check in checks for finding in check(plan)]


def _check_roles(plan: Plan) -> Iterator[str]:
    data = [node for node in plan.nodes.values() if node.role is Role.DATA]
    if len(data) != 2 or len(plan.nodes) != 3:
        yield "nodes: write two nodes with `role: data`, one with `role: arbitrator`"
    yield from (f"packages.{r}: missing; write `{r}: {{}}`" for r in Role if r not in plan.packages)


def _check_timings(plan: Plan) -> Iterator[str]:
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


def _check_names(plan: Plan) -> Iterator[str]:
    for kind, names in (("nodes", plan.nodes), ("guests", plan.guests)):
        for name in names:
            if problem := _name_problem(name):
                yield f"{kind}.{name}: {problem}"
    for name in plan.nodes.keys() & plan.guests.keys():
        yield f"guests.{name}: a node has this name; write another one"
    for node, guest in product(plan.nodes, plan.guests):
        if f"{node}-{guest}" in plan.nodes:
            yield f"nodes.{node}-{guest}: the console of {guest} on {node} has this name too"


def _name_problem(name: str) -> str | None:
    if not NAME.fullmatch(name):
        return "write a name of small letters, digits and single dashes, 31 characters at most"
    if name in RESERVED or name.startswith(RESERVED_PREFIXES) or name.endswith(RESERVED_SUFFIXES):
        return "this name has a meaning in the stack; write another one"
    return None


def _check_networks(plan: Plan) -> Iterator[str]:
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


def _check_addresses(plan: Plan) -> Iterator[str]:
    for node in plan.nodes.values():
        for network in NETWORKS:
            if network not in node.addresses:
                key = f"nodes.{node}.addresses"
                yield f"{key}: {network} is missing; write `{network}: <address>`"
    uses = Counter(address for _, _, address in _addresses(plan))
    for key, network, address in _addresses(plan):
        if problem := _address_problem(plan, network, address, used=uses[address]):
            yield f"{key}: {problem}"


def _address_problem(plan: Plan, network: str, address: IPv4Address, *, used: int) -> str | None:
    subnet = plan.networks.get(network)
    if subnet is None:
        return f"no network {network!r}; write one of {', '.join(plan.networks)}"
    if subnet.prefixlen != 24:
        return None  # `_check_networks` reports the network itself
    if address not in subnet or address in (subnet[0], subnet[1], subnet[-1]):
        return f"write an address of {subnet} from {subnet[2]} on"
    return f"{address} is used twice; write a free address of {subnet}" if used > 1 else None


def _addresses(plan: Plan) -> Iterator[tuple[str, str, IPv4Address]]:
    """Yield key, network and address of each node and guest."""
    for node in plan.nodes.values():
        for network, address in node.addresses.items():
            yield f"nodes.{node}.addresses.{network}", network, address
    for guest in plan.guests.values():
        yield f"guests.{guest}.address", "lan", guest.address


def _check_guests(plan: Plan) -> Iterator[str]:
    """Check the guests. Each data node needs memory for all, because it may lose its peer."""
    data = [node for node in plan.nodes.values() if node.role is Role.DATA]
    for guest in plan.guests.values():
        if guest.prefers not in (node.name for node in data):
            names = ", ".join(map(str, data))
            yield f"guests.{guest}.prefers: no data node {guest.prefers!r}; write one of {names}"
    needed_mib = sum(guest.memory_mib for guest in plan.guests.values()) + OVERHEAD_MIB
    for node in data:
        if node.memory_mib < needed_mib:
            yield f"nodes.{node}.memory_mib: not all guests fit on it; write {needed_mib} or more"
    disks_mib = len(plan.guests) * (plan.guest_disk_mib + 8) + 64
    if disks_mib > plan.data_disk_mib:
        yield f"data_disk_mib: the guests' disks do not fit; write {disks_mib} or more"


def _check_packages(plan: Plan) -> Iterator[str]:
    for role, packages in plan.packages.items():
        if not packages:
            yield f"packages.{role}: empty; write the packages of the stack"
        for name, version in packages.items():
            if not PACKAGE.fullmatch(name):
                yield f"packages.{role}.{name}: write the name of a Debian package"
            if not VERSION.fullmatch(version):
                yield f"packages.{role}.{name}: write a version, as 2.1.* or 1:4.12.*"
