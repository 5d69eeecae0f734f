"""The inventory: a file that states how to reach the nodes of an existing cluster.

Example of a file:

    key: ~/.ssh/cluster
    nodes:
      alpha: 192.0.2.11
      bravo: bravo.example.net
      arbiter: 192.0.2.13
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated

from pydantic import Field

from harness.errors import InputError
from harness.plan.plan import Plan
from harness.plan.strict_yaml import StrictModel, read

Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}$")]
"""An address or a host name. The pattern excludes what SSH would read as an option or a user."""


class _File(StrictModel):
    key: str = Field(description="the path of root's private SSH key")
    nodes: dict[str, Host] = Field(description="an address or host name for each node of the plan")


@dataclass(frozen=True)
class Inventory:
    """The SSH key and the addresses of a plan's nodes."""

    key: Path
    addresses: dict[str, str]
    """Address or host name by node."""


def load_inventory(file: Path, plan: Plan) -> Inventory:
    """Read an inventory. It must name exactly the plan's nodes.

    A relative path of the key is relative to the file's folder.

    Raises:
        InputError: names the file and all mistakes, each with the key and what to write instead.
    """
    content = read(file, _File)
    key = _existing(file.parent, content.key)
    wrong = list(_mistakes(content.nodes, plan))
    if key is None:
        wrong.insert(0, f"key: there is no file {content.key}; name root's private SSH key")
    if wrong or key is None:
        raise InputError(f"{file}: {'; '.join(wrong)}")
    return Inventory(key, dict(content.nodes))


def _existing(folder: Path, name: str) -> Path | None:
    """Return the file, or None if there is no such file."""
    try:
        file = folder / Path(name).expanduser()
        return file if file.is_file() else None
    except (OSError, RuntimeError):  # the name is too long; `~` names an unknown user
        return None


def _mistakes(hosts: Mapping[str, str], plan: Plan) -> Iterator[str]:
    """Yield a line for each node that is missing, unknown, or has another node's address."""
    names = ", ".join(plan.nodes)
    for name in dict.fromkeys((*plan.nodes, *hosts)):
        if (name in hosts) != (name in plan.nodes):
            wrong = "missing" if name in plan.nodes else "no node of the plan"
            yield f"nodes.{name}: {wrong}; write an address for each of {names}"
    for one, other in combinations(hosts, 2):
        if hosts[one] == hosts[other]:
            yield f"nodes.{other}: is {one}'s address; write its own"
