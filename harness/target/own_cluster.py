"""A target for an existing cluster that was not built by the harness. It offers SSH alone."""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

from harness.plan.plan import Acceleration, NodePlan, Plan
from harness.plan.settings import Timings
from harness.target.inventory import Inventory
from harness.target.shell import SshShell
from harness.target.target import Capability, Needs, Process, Unsupported

SECRET = re.compile(
    rb'(name="[^"]*(?:passw|secret|key|token)[^"]*"[^>]*?value=")[^"]*', re.IGNORECASE
)
"""Matches an attribute of a fence agent in the CIB that holds a secret."""


class OwnCluster:
    """A `Target` that offers SSH alone.

    Raises:
        Unsupported: from `power`, `links`, `baseline`, `host` and `run_later`.
    """

    capabilities = Needs()
    accel = Acceleration.KVM
    """Its nodes are assumed not to be emulated."""
    gone = None

    def __init__(self, plan: Plan, inventory: Inventory, folder: Path) -> None:
        """`folder` holds the harness's files about the cluster."""
        self.plan = plan
        self.folder = folder
        self.shell = SshShell(inventory.key, inventory.addresses)

    @property
    def timings(self) -> Timings:
        """See `Target.timings`."""
        return self.plan.timings[self.accel]

    @property
    def power(self) -> NoReturn:
        """See `Target.power`."""
        raise _lacking(Capability.POWER)

    @property
    def links(self) -> NoReturn:
        """See `Target.links`."""
        raise _lacking(Capability.LINKS)

    @property
    def baseline(self) -> NoReturn:
        """See `Target.baseline`."""
        raise _lacking(Capability.BASELINE)

    @property
    def host(self) -> NoReturn:
        """See `Target.host`."""
        raise _lacking(Capability.HOST)

    def is_off(self, node: NodePlan) -> bool:
        """See `Target.is_off`. Always False: the power is not known, so each node is asked."""
        del node
        return False

    def redact(self, text: bytes) -> bytes:
        """See `Target.redact`. It removes what looks like a secret in the CIB."""
        return SECRET.sub(rb"\1[secret]", text)

    def run_later(self, command: Sequence[str], *, after: timedelta) -> Process:
        """See `Target.run_later`."""
        del after
        raise Unsupported(f"`quorate {command[0]}` cannot run later for a cluster of your own")


def _lacking(capability: Capability) -> Unsupported:
    return Unsupported(f"this needs {capability}; a cluster of your own offers SSH alone")
