"""Faults of a whole machine, injected at the hypervisor."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.plan.plan import NodePlan
from harness.plan.references import Node
from harness.target.target import Capability, Needs, Target


@dataclass(frozen=True)
class PowerOff:
    """A node loses power at once, without shutdown or sync, until the fault is lifted.

    Example:
        victim = cluster.host_of(guest)
        with inject(PowerOff(victim)):
            cluster.wait_until(fenced(victim))
    """

    node: Node
    _: KW_ONLY
    kind: Literal["power_off"] = "power_off"

    needs: ClassVar[Needs] = Needs({Capability.POWER})
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"power cut of {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Cut the power."""
        target.power.power_off(self.node.name)

    def bites(self, target: Target) -> bool:
        """The machine is off."""
        return not target.power.is_running(self.node.name)

    def gone(self, target: Target) -> bool:
        """The machine has power again."""
        return not self.bites(target)

    def lift(self, target: Target) -> None:
        """Switch the power on. The node boots."""
        target.power.power_on(self.node.name)


@dataclass(frozen=True)
class FrozenNode:
    """All processors of a node stand still, until the fault is lifted or the node is fenced.

    Its memory stays as it is, and its network cards keep their links. So a node that runs again
    goes on where it was, unless it was fenced meanwhile.

    Example:
        with inject(FrozenNode(victim)):
            cluster.wait_until(fenced(victim))
    """

    node: Node
    _: KW_ONLY
    kind: Literal["frozen_node"] = "frozen_node"

    needs: ClassVar[Needs] = Needs({Capability.POWER})
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"freeze of {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Stop the processors."""
        target.power.pause(self.node.name)

    def bites(self, target: Target) -> bool:
        """The hypervisor reports the machine as paused."""
        return target.power.is_paused(self.node.name)

    def gone(self, target: Target) -> bool:
        """The machine has power and runs."""
        return target.power.is_running(self.node.name) and not self.bites(target)

    def lift(self, target: Target) -> None:
        """Let the processors run."""
        target.power.unpause(self.node.name)
