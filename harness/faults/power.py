"""Faults of a node's power supply, from the hypervisor."""

from dataclasses import dataclass
from typing import ClassVar

from harness.lab.lab import Lab
from harness.plan.plan import NodePlan


@dataclass(frozen=True)
class PowerOff:
    """The plug is pulled and stays out: no shutdown, no sync."""

    node: NodePlan

    disturbs_guests: ClassVar[bool] = True

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, lab: Lab) -> None:
        """Cut the power."""
        lab.hypervisor.power_off(self.node.name)

    def bites(self, lab: Lab) -> bool:
        """The machine is off."""
        return not lab.hypervisor.is_running(self.node.name)

    def gone(self, lab: Lab) -> bool:
        """It has power again."""
        return not self.bites(lab)

    def lift(self, lab: Lab) -> None:
        """Give it power again; it boots."""
        lab.hypervisor.power_on(self.node.name)

    def __str__(self) -> str:
        return f"power cut of {self.node}"
