"""Faults of the fence agent on some nodes: it is slow, or its requests are refused."""

from dataclasses import KW_ONLY
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Node
from harness.target.target import Needs, Target

AGENT = "/usr/sbin/fence_virt"
WRAPPER, REAL = "/var/quorate.fence_virt", "/var/quorate.fence_virt.real"
"""The folder allows programs; /run of Debian does not."""
SCRIPT = f"""#!/bin/sh
request=$(cat)
ask() {{{{ printf '%s\\n' "$request" | {REAL} "$@"; }}}}
case $request in *action=reboot*|*action=off*) ;; *) ask "$@"; exit ;; esac
{{act}}
"""
"""Pacemaker passes the request on standard input (fence-agents' API). Monitors stay as they are."""
ACTS = {
    "slow": 'sleep {delay_s}; ask "$@"',
    "slow to confirm": 'ask "$@"; code=$?; sleep {delay_s}; exit $code',
    "refusing": "echo 'the fence device refuses the request' >&2; exit 1",
}
MOUNT = f"cp {AGENT} {REAL} && mount --bind {WRAPPER} {AGENT}"
MOUNTED = f"grep -q ' {AGENT} ' /proc/mounts"
UNMOUNT = f"! {MOUNTED} || umount {AGENT} && rm -f {WRAPPER} {REAL}"


@dataclass(frozen=True)
class FaultyFenceAgent:
    """The fence agent of some nodes is slow to act, slow to confirm, or refuses each request.

    The agent's program is covered by another one, so that no file of the node changes. A reboot of
    a node uncovers it.

    Example:
        with inject(FaultyFenceAgent(cluster.nodes, "slow")), inject(PowerOff(host)):
            cluster.wait_until(fenced(host))
    """

    nodes: tuple[Node, ...]
    how: Literal["slow", "slow to confirm", "refusing"]
    delay_s: Annotated[int, Field(ge=1, le=600)] = 30
    _: KW_ONLY
    kind: Literal["faulty_fence_agent"] = "faulty_fence_agent"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = False
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        delay = "" if self.how == "refusing" else f" by {self.delay_s} s"
        return f"fence agent {self.how}{delay} on {' and '.join(map(str, self.nodes))}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return self.nodes

    def inject(self, target: Target) -> None:
        """Cover the agent on each of the nodes."""
        script = SCRIPT.format(act=ACTS[self.how].format(delay_s=self.delay_s))
        for node in self.nodes:
            target.shell.put(node, WRAPPER, script, mode=0o755)
            target.shell.check(node, MOUNT)

    def bites(self, target: Target) -> bool:
        """The agent of at least one node is covered. A node that booted anew has its own."""
        return any(succeeds(target, node, MOUNTED) for node in self.nodes)

    def gone(self, target: Target) -> bool:
        """Each node answers, and its agent is not covered."""
        return all(succeeds(target, node, f"! {MOUNTED}") for node in self.nodes)

    def lift(self, target: Target) -> None:
        """Uncover the agent of each node, as soon as it can be reached."""
        for node in self.nodes:
            run_when_reachable(target, node, UNMOUNT, f"the fence agent of {node} is uncovered")
