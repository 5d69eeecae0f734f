"""A node's configuration and possible leftovers: the query, and the parser of its answer."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

QUERY = r"""
shopt -s nullglob
ask() {
  echo "== $1"; shift
  type -P "$1" >/dev/null || return 0
  "$@" || echo "== failed: $1 ended with $?"
}
ask cib cibadmin --query --local
files=()
for file in /etc/corosync/corosync.conf /etc/drbd.conf /etc/drbd.d/* /etc/guests/*.xml \
    /etc/lvm/lvmlocal.conf /etc/libvirt/*.conf
do [ -f "$file" ] && files+=("$file"); done
[ ${#files[@]} = 0 ] || ask files sha256sum "${files[@]}"
ask nft nft --stateless list ruleset
ask qdiscs tc qdisc show
devices=( /sys/block/dm-*/dm )
[ ${#devices[@]} = 0 ] || ask tables dmsetup table
echo "== others"
for device in "${devices[@]}"; do
  read -r suspended < $device/suspended && [ "$suspended" = 1 ] || continue
  read -r name < $device/name && echo "dm $name: suspended"
done
for comm in /proc/[0-9]*/comm; do
  read -r name < $comm || continue
  case $name in stress-ng*|fio|dd) ;; *) continue ;; esac
  words=(); mapfile -d '' -t words < ${comm%comm}cmdline
  line="${words[*]:-$name}"
  case $name:$line in stress-ng*|fio:*|dd:*quorate*) echo "process ${line//$'\n'/ }" ;; esac
done 2>/dev/null
for file in /quorate.* /run/quorate.* /var/quorate.* /var/log/quorate.* \
    /var/lib/pacemaker/quorate.* /core* /var/crash/* /var/lib/systemd/coredump/* \
    /var/lib/corosync/core* /var/lib/pacemaker/cores/*/*
do echo "file $file"; done
echo "== complete"
"""
"""The query for every node. It starts at most five processes: each costs an emulated node 50 ms.

It reads the whole CIB, because one `cibadmin` then returns the configuration and the fail counts. A
tool that a node does not have is left out; one that fails makes the answer unreadable. `dmsetup` is
not run without device-mapper devices, so the query never loads the kernel module.
"""

FAILED, FAIL_COUNT = "failed: ", "fail-count-"
CLEANED_UP = "last-lrm-refresh"
"""Under this name crm_resource(8) stores the time of a cleanup, which configures nothing."""
DIGITS = 12
"""Length of a stored digest in hexadecimal digits. It is enough to detect a change."""
LONGEST = 120
"""Longest stored trace, in characters."""


class Unreadable(Exception):
    """A node's answer is cut short, or one of its tools failed. The message says which."""


@dataclass(frozen=True)
class NodeState:
    """The configuration of a node, and the traces that may be left behind on it."""

    elements: dict[str, str]
    """Digest of each configuration element of the CIB, by the element's id."""
    files: dict[str, str]
    """Digest of each other configuration file, by its path."""
    traces: tuple[str, ...]


def parse_node_state(node: str, answer: str) -> NodeState:
    """Parse the output of `QUERY` on a node.

    Raises:
        Unreadable: the output is incomplete.
    """
    parts = _parts(answer)
    for name in parts:
        if name.startswith(FAILED):
            raise Unreadable(name.removeprefix(FAILED))
    if "complete" not in parts:
        raise Unreadable("its answer is cut short")
    cib = _cib("\n".join(parts.get("cib", ())))
    files = (line.partition("  ") for line in parts.get("files", ()))
    traces = (
        *_fail_counts(cib, node),
        *(f"nft: {line.strip()}" for line in parts.get("nft", ()) if line.strip(" \t}")),
        *_queues(parts.get("qdiscs", ())),
        *_tables(parts.get("tables", ())),
        *parts.get("others", ()),
    )
    return NodeState(
        elements=_elements(cib),
        files={path: digest[:DIGITS] for digest, _, path in files},
        traces=tuple(trace[:LONGEST] for trace in traces),
    )


def _parts(answer: str) -> dict[str, list[str]]:
    """Return the lines below each heading."""
    parts: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in answer.splitlines():
        if line.startswith("== "):
            lines = parts.setdefault(line.removeprefix("== "), [])
        else:
            lines.append(line)
    return parts


def _cib(text: str) -> etree._Element:
    try:
        return etree.fromstring(text.encode())
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"its CIB is no XML ({error.msg})") from None


def _elements(cib: etree._Element) -> dict[str, str]:
    """Return a digest for each id, of the element and of all references with the same id."""
    found: dict[str, list[object]] = {}
    for pair in cib.findall(f"configuration//nvpair[@name='{CLEANED_UP}']"):
        if (parent := pair.getparent()) is not None:
            parent.remove(pair)
    for element in cib.iterfind("configuration//*[@id]"):
        found.setdefault(str(element.get("id")), []).append(_content(element))
    if not found:
        raise Unreadable("its CIB holds no configuration")
    return {name: _digest(content) for name, content in found.items()}


def _content(element: etree._Element) -> list[object]:
    """Return an element's tag and attributes, and the id of each child or the child's content."""
    children = [child.get("id") or _content(child) for child in element.iterchildren("*")]
    return [element.tag, sorted(element.attrib.items()), children]


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:DIGITS]


def _fail_counts(cib: etree._Element, node: str) -> Iterator[str]:
    """Yield the fail counts of that node. The CIB of each node holds those of all nodes."""
    for pair in cib.iterfind(f"status/node_state[@uname='{node}']/transient_attributes//nvpair"):
        if (name := str(pair.get("name"))).startswith(FAIL_COUNT):
            yield f"{name} on {node}: {pair.get('value')}"


def _queues(lines: Iterable[str]) -> Iterator[str]:
    """Yield queueing disciplines that shape traffic, for example `tbf 801f: dev eth1 root …`.

    The kernel's defaults have the handle `0:`. libvirt adds a `noqueue` to each guest's card, which
    shapes nothing.
    """
    for line in lines:
        if line.startswith("qdisc ") and line.split()[2] != "0:" and line.split()[1] != "noqueue":
            yield f"tc: {line.removeprefix('qdisc ').strip()}"


def _tables(lines: Iterable[str]) -> Iterator[str]:
    """Yield device-mapper tables that are not linear, for example `vg_guests-web: 0 1056768 error`.

    A linear table is a plain logical volume.
    """
    for line in lines:
        name, _, table = line.partition(":")
        words = table.split()
        target = words[2] if len(words) > 2 else "no table"
        if target != "linear":
            yield f"dm {name}: {target}"
