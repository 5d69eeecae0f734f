"""Faults of a node's kernel, triggered by the node itself."""

from dataclasses import KW_ONLY
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import BOOT_MARK, MARKED, run_when_reachable
from harness.plan.plan import NodePlan
from harness.plan.references import Node
from harness.target.shell import Unreachable
from harness.target.target import Capability, Needs, Target
from harness.waiting import Timeout

TRIGGER = f"""
touch {BOOT_MARK} && echo 1 > /proc/sys/kernel/sysrq || exit
nohup sh -c 'sleep 0.5; echo {{key}} > /proc/sysrq-trigger' > /dev/null 2>&1 &
"""
KEYS = {"panic": "c", "reset": "b"}
"""Keys of the magic system request (Documentation/admin-guide/sysrq.rst in Linux)."""
ANSWER = timedelta(seconds=5)


@dataclass(frozen=True)
class KernelCrash:
    """A node's kernel panics and hangs, or resets the machine without a sync.

    Example:
        with inject(KernelCrash(victim, "panic")):
            cluster.wait_until(fenced(victim))
    """

    node: Node
    how: Literal["panic", "reset"]
    """A panic hangs until the node is fenced, because `kernel.panic` is 0. After a reset the node
    boots by itself."""
    _: KW_ONLY
    kind: Literal["kernel_crash"] = "kernel_crash"

    needs: ClassVar[Needs] = Needs({Capability.POWER})
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"kernel {self.how} of {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Trigger the crash."""
        target.shell.check(self.node, TRIGGER.format(key=KEYS[self.how]))

    def bites(self, target: Target) -> bool:
        """The node does not answer, or it has booted anew."""
        return self._answers(target) is not True

    def gone(self, target: Target) -> bool:
        """The node has booted anew and answers."""
        return self._answers(target) is False

    def lift(self, target: Target) -> None:
        """Wait until the node has booted anew. Power it off and on if it was not fenced.

        A node that was fenced may still boot: a second cut would be one that no fault intended.
        """
        booted, purpose = f"! {MARKED}", f"{self.node} boots anew"
        within = target.timings.restored_patience
        try:
            run_when_reachable(target, self.node, booted, purpose, within=within)
        except Timeout:
            target.power.power_off(self.node.name)
            target.power.power_on(self.node.name)
            run_when_reachable(target, self.node, booted, purpose)

    def _answers(self, target: Target) -> bool | None:
        """Return whether the node answers and has not crashed; None if it does not answer."""
        try:
            return target.shell.run(self.node, MARKED, deadline=ANSWER).ok
        except Unreachable:
            return None
