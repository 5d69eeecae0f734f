"""Faults of the network, at the cables."""

from dataclasses import dataclass
from typing import ClassVar

from harness.lab.lab import Lab
from harness.plan.plan import RINGS, NodePlan


@dataclass(frozen=True)
class CarrierLoss:
    """Cables of a node are pulled at the hypervisor: both ends see the carrier go.

    They stay out when the node is fenced and boots anew.
    """

    node: NodePlan
    networks: tuple[str, ...] = RINGS

    disturbs_guests: ClassVar[bool] = True

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, lab: Lab) -> None:
        """Pull the cables."""
        self._set(lab, up=False)

    def bites(self, lab: Lab) -> bool:
        """Every one of the cables is out."""
        return not any(self._carriers(lab))

    def gone(self, lab: Lab) -> bool:
        """Every one of them is in."""
        return all(self._carriers(lab))

    def lift(self, lab: Lab) -> None:
        """Put them back in."""
        self._set(lab, up=True)

    def _carriers(self, lab: Lab) -> list[bool]:
        cards = [lab.plan.mac(self.node, network) for network in self.networks]
        return [lab.hypervisor.carrier(self.node.name, card) for card in cards]

    def _set(self, lab: Lab, *, up: bool) -> None:
        for network in self.networks:
            lab.hypervisor.set_carrier(self.node.name, lab.plan.mac(self.node, network), up=up)

    def __str__(self) -> str:
        return f"carrier loss of {self.node} on {' and '.join(self.networks)}"
