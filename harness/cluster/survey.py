"""The queries for a snapshot, and the parsers of their answers.

Every node answers `SURVEY`, in parallel, and one quorate node answers `VIEW`.
"""

import re
from collections.abc import Mapping

from lxml import etree

from harness.record.status import Fencing, Member, NodeStatus, Pacemaker, Replica, Resource

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
"""The query for every node. It uses bash alone: each further process costs an emulated node 50 ms,
and polling must not slow the cluster down."""

VIEW = "crm_mon --output-as=xml --include=none,dc,options,nodes,resources,fencing,failures,bans"
"""The query for one quorate node: the cluster's state, reported by Pacemaker."""


def parse_survey(answer: str, minors: Mapping[int, str]) -> NodeStatus:
    """Parse the output of `SURVEY`. `minors` maps each DRBD minor number to its guest."""
    lines = [line.partition(" ")[::2] for line in answer.splitlines()]
    drbd = "\n".join(rest for word, rest in lines if word == "drbd")
    return NodeStatus(
        boot=next((rest for word, rest in lines if word == "boot"), ""),
        replicas=parse_replicas(drbd, minors),
        guests=tuple(sorted({r.removeprefix("guest=") for w, r in lines if w == "qemu"})),
    )


def parse_replicas(text: str, minors: Mapping[int, str]) -> dict[str, Replica]:
    """Parse /proc/drbd of DRBD 8.4.

    A line begins with `1: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate`.
    """
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
    """Parse the output of `crm_mon --output-as=xml`.

    Any other text gives an empty view, such as that of a node where Pacemaker is down.
    """
    start = text.find("<pacemaker-result")
    if start < 0:
        return Pacemaker()
    try:
        tree = etree.fromstring(text[start:].encode())
    except etree.XMLSyntaxError:
        return Pacemaker()
    dc = tree.find("summary/current_dc[@present='true']")
    options = tree.find("summary/cluster_options")
    return Pacemaker(
        dc=None if dc is None else dc.get("name"),
        quorate=dc is not None and _true(dc, "with_quorum"),
        members={str(n.get("name")): _member(n) for n in tree.findall("nodes/node")},
        resources=tuple(_resource(r) for r in tree.iterfind("resources//resource")),
        fencings=tuple(_fencing(f) for f in tree.iterfind("fence_history/fence_event")),
        failures=tuple(_failure(f) for f in tree.iterfind("failures/failure")),
        bans=tuple(str(ban.get("id")) for ban in tree.iterfind("bans/ban")),
        maintenance=options is not None and _true(options, "maintenance-mode"),
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
        blocked=_true(resource, "blocked"),
    )


def _fencing(event: etree._Element) -> Fencing:
    names = ("target", "action", "status", "completed")
    return Fencing(*(str(event.get(name, "")) for name in names))


def _failure(failure: etree._Element) -> str:
    answer = failure.get("exitreason") or failure.get("exitstatus")
    return f"{failure.get('op_key')} on {failure.get('node')}: {answer}"
