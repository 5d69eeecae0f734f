"""The nodes' answers to the query for their final state, made of captured output."""

from collections.abc import Mapping
from pathlib import Path

CIB = (Path(__file__).parent / "captured" / "cib-settled-alpha.xml").read_text()
"""Captured output of `cibadmin --query` on alpha, in a settled cluster after a failover."""
HASH = "5df1a5cb15a29ffa2b1c7e3d5f3ae9b6f8f21ef0cbe5b7b8a7cf0a5ea1f0d7c4"
COROSYNC = "/etc/corosync/corosync.conf"
DEFAULT_QUEUES = """qdisc noqueue 0: dev lo root refcnt 2
qdisc pfifo_fast 0: dev eth0 root refcnt 2 bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1"""
"""Captured output of `tc qdisc show` with the kernel's defaults."""
PARTS = {"cib": CIB.rstrip(), "files": f"{HASH}  {COROSYNC}", "nft": "", "qdiscs": DEFAULT_QUEUES}


def node_answer(changed: Mapping[str, str] | None = None, *, whole: bool = True) -> str:
    """Return a node's answer without leftovers, with some parts changed or added.

    It lacks its end unless it is `whole`.
    """
    parts = {**PARTS, "others": "", **(changed or {})}
    lines = [f"== {name}\n{text}\n" if text else f"== {name}\n" for name, text in parts.items()]
    return "".join([*lines, "== complete\n"] if whole else lines)


def cib(old: str, new: str) -> dict[str, str]:
    """Return the captured CIB with one text replaced."""
    assert CIB.count(old) >= 1, old
    return {"cib": CIB.replace(old, new, 1).rstrip()}
