"""What nodes answer to the question for their state, made of captured output."""

from collections.abc import Mapping
from pathlib import Path

CIB = (Path(__file__).parent / "captured" / "cib-settled-alpha.xml").read_text()
"""Captured: `cibadmin --query` on alpha, after a failover and all is settled again."""
HASH = "5df1a5cb15a29ffa2b1c7e3d5f3ae9b6f8f21ef0cbe5b7b8a7cf0a5ea1f0d7c4"
COROSYNC = "/etc/corosync/corosync.conf"
DEFAULT_QUEUES = """qdisc noqueue 0: dev lo root refcnt 2
qdisc pfifo_fast 0: dev eth0 root refcnt 2 bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1"""
"""Captured: `tc qdisc show`, nothing was set."""
PARTS = {"cib": CIB.rstrip(), "files": f"{HASH}  {COROSYNC}", "nft": "", "qdiscs": DEFAULT_QUEUES}


def node_answer(changed: Mapping[str, str] | None = None, *, whole: bool = True) -> str:
    """A node's answer with nothing left behind, but for these parts; a part may be new."""
    parts = {**PARTS, "others": "", **(changed or {})}
    lines = [f"== {name}\n{text}\n" if text else f"== {name}\n" for name, text in parts.items()]
    return "".join([*lines, "== complete\n"] if whole else lines)


def cib(old: str, new: str) -> dict[str, str]:
    """The captured CIB with that one change."""
    assert CIB.count(old) >= 1, old
    return {"cib": CIB.replace(old, new, 1).rstrip()}
