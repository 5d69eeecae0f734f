"""Changes of a living cluster, read from files: other settings, a script for the nodes, or both.

Example of a file:

    title: Guests have no stickiness
    plan:
      pacemaker: {resource_stickiness: 0}
    breaks: [I12]
    test: [suites/failover, -m, quick, -k, moves_when and web]
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr

from harness.errors import InputError
from harness.judge.invariants.catalogue import unknown_numbers
from harness.plan.load import FIXTURES
from harness.plan.strict_yaml import StrictModel, read

CHANGES = FIXTURES / "changes"
BROKEN = CHANGES / "broken"
"""Clusters that are broken on purpose: `make prove` checks that the suites find each of them."""


class Change(StrictModel):
    """A difference from the plan, applied to a living cluster."""

    title: str = Field(min_length=1, description="what is different, in a few words")
    plan: dict[str, Any] = Field(default={}, description="keys of the plan with other values")
    """Overlay of the plan."""
    nodes: str = Field(default="", description="a script for bash on every node")
    data_nodes: str = Field(default="", description="a script for bash on both data nodes")
    arbitrator: str = Field(default="", description="a script for bash on the arbitrator")
    breaks: list[str] = Field(default=[], description="invariants, as [I5]")
    """The invariants that a deliberately broken cluster must violate. If there are none, its tests
    must fail for another reason, such as a missed objective."""
    test: list[str] = Field(default=[], description="arguments of pytest")
    """The tests that must find this."""

    _name: str = PrivateAttr("")

    @property
    def name(self) -> str:
        """The name of its file, without the suffix."""
        return self._name


def load_change(name: str) -> Change:
    """Read a shipped change by its name, or any other by its path.

    Raises:
        InputError: the name is unknown (lists the known ones), or the file has mistakes.
    """
    file = Path(name)
    if "/" not in name and file.suffix not in (".yml", ".yaml"):
        known = {one.stem: one for folder in (CHANGES, BROKEN) for one in folder.glob("*.yml")}
        if name not in known:
            names = ", ".join(sorted(known))
            raise InputError(f"--change {name}: unknown, write one of {names} or a path")
        file = known[name]
    change = read(file, Change)
    if unknown := unknown_numbers(change.breaks):
        raise InputError(f"{file}: breaks: {unknown}")
    change._name = file.stem
    return change


def check_sections(changes: Iterable[Change], living: Iterable[str]) -> None:
    """Check that a living cluster can take all changes.

    `living` are the sections of the plan that it can take without being built again.

    Raises:
        InputError: names the change, the section, and what to use instead.
    """
    known = sorted(set(living))
    for change in changes:
        for section in sorted(change.plan.keys() - known):
            can = f"it can take {', '.join(known)}; use --profile or --set to build with another"
            raise InputError(
                f"--change {change.name}: plan.{section}: no change of a living "
                f"cluster, {can} {section}"
            )
