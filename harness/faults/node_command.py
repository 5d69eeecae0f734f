"""Commands of faults inside a node, which may not answer or may boot anew."""

from datetime import timedelta

from harness.plan.plan import NodePlan
from harness.target.shell import Unreachable
from harness.target.target import Target
from harness.waiting import wait_until

BOOT_MARK = "/run/quorate.boot"
"""A file that a fault creates. It exists until the node boots anew."""
MARKED = f"test -e {BOOT_MARK}"
RETURN = timedelta(minutes=10)
"""Time for a node to return. A node that was fenced must boot first."""


def succeeds(target: Target, node: NodePlan, command: str) -> bool:
    """Return whether a command succeeds on the node. It does not if the node does not answer."""
    try:
        return target.shell.run(node, command).ok
    except Unreachable:
        return False


def run_when_reachable(
    target: Target, node: NodePlan, command: str, purpose: str, *, within: timedelta = RETURN
) -> None:
    """Run a command until it succeeds on the node.

    Raises:
        Timeout: it did not succeed in time. The message has the purpose.
    """
    wait_until(purpose, lambda: succeeds(target, node, command), within=within)
