"""The fencing of a node that a person requests."""

from dataclasses import KW_ONLY
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import BOOT_MARK, MARKED, run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Node
from harness.target.target import Needs, Target

FENCE_LIMIT = timedelta(minutes=2)


@dataclass(frozen=True)
class Fencing:
    """A person has a node fenced by Pacemaker. The node boots by itself.

    Example:
        with inject(Fencing(host)):
            cluster.wait_until(fenced(host) & runs_on(guest, cluster.peer_of(host)))
    """

    node: Node
    _: KW_ONLY
    kind: Literal["fencing"] = "fencing"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"fencing of {self.node} by a person"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Request the fencing, and wait for its result."""
        target.shell.check(self.node, f"touch {BOOT_MARK}")
        command = f"stonith_admin --reboot {self.node}"
        target.shell.check(target.plan.arbitrator, command, deadline=FENCE_LIMIT)

    def bites(self, target: Target) -> bool:
        """The node does not answer, or it has booted anew."""
        return not succeeds(target, self.node, MARKED)

    def gone(self, target: Target) -> bool:
        """The node has booted anew and answers."""
        return succeeds(target, self.node, f"! {MARKED}")

    def lift(self, target: Target) -> None:
        """Wait until the node answers."""
        run_when_reachable(target, self.node, f"! {MARKED}", f"{self.node} boots anew")
