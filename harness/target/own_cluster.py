"""A cluster that somebody else built: SSH reaches its nodes, and nothing more is known."""

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
"""An attribute in the CIB, as fence agents have them."""


class OwnCluster:
    """A `Target` that offers SSH alone.

    Raises:
        Unsupported: from `power`, `links`, `baseline`, `host` and `run_later`.
    """

    capabilities = Needs()
    accel = Acceleration.KVM
    """Its nodes are no emulated ones, as far as anybody knows."""
    gone = None

    def __init__(self, plan: Plan, inventory: Inventory, folder: Path) -> None:
        """`folder` takes what the harness keeps about it."""
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
        """See `Target.is_off`: nobody knows, so each node is asked."""
        del node
        return False

    def redact(self, text: bytes) -> bytes:
        """See `Target.redact`: what looks like a secret in a cluster's configuration."""
        return SECRET.sub(rb"\1[secret]", text)

    def run_later(self, command: Sequence[str], *, after: timedelta) -> Process:
        """See `Target.run_later`."""
        del after
        raise Unsupported(f"nothing runs `quorate {command[0]}` for a cluster of your own")


def _lacking(capability: Capability) -> Unsupported:
    return Unsupported(f"this needs {capability}; a cluster of your own offers SSH alone")
