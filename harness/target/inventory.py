"""How the nodes of a cluster that somebody else built are reached, read from a file.

key: ~/.ssh/cluster
nodes:
  alpha: 192.0.2.11
  bravo: bravo.example.net
  arbiter: 192.0.2.13
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from harness.errors import InputError
from harness.plan.plan import Plan
from harness.plan.strict_yaml import StrictModel, read


class _File(StrictModel):
    key: str = Field(description="the path of root's private SSH key")
    nodes: dict[str, str] = Field(description="an address or host name for each node of the plan")


@dataclass(frozen=True)
class Inventory:
    """The way to each node of a plan."""

    key: Path
    addresses: dict[str, str]
    """Address or host name, by node."""


def load_inventory(file: Path, plan: Plan) -> Inventory:
    """Read an inventory of exactly the plan's nodes; a relative key lies beside the file.

    Raises:
        InputError: one line with the file, the key and what to write instead.
    """
    content = read(file, _File)
    key = file.parent / Path(content.key).expanduser()
    if not key.is_file():
        raise InputError(f"{file}: key: there is no file {key}; name root's private SSH key")
    names = ", ".join(plan.nodes)
    for name in content.nodes.keys() ^ plan.nodes.keys():
        wrong = "missing" if name in plan.nodes else "no node of the plan"
        raise InputError(f"{file}: nodes.{name}: {wrong}; write an address for each of {names}")
    return Inventory(key, dict(content.nodes))
