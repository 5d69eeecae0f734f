"""Faults of the network, at the cables."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.plan.plan import RINGS, NodePlan
from harness.plan.references import Node
from harness.target.target import Capability, Needs, Target


@dataclass(frozen=True)
class CarrierLoss:
    """Cables of a node are pulled at the hypervisor: both ends see the carrier go.

    They stay out when the node is fenced and boots anew.
    """

    node: Node
    networks: tuple[str, ...] = RINGS
    _: KW_ONLY
    kind: Literal["carrier_loss"] = "carrier_loss"

    needs: ClassVar[Needs] = Needs({Capability.LINKS})
    disturbs_guests: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"carrier loss of {self.node} on {' and '.join(self.networks)}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Pull the cables."""
        self._set(target, up=False)

    def bites(self, target: Target) -> bool:
        """Every one of the cables is out."""
        return not any(self._carriers(target))

    def gone(self, target: Target) -> bool:
        """Every one of them is in."""
        return all(self._carriers(target))

    def lift(self, target: Target) -> None:
        """Put them back in."""
        self._set(target, up=True)

    def _carriers(self, target: Target) -> list[bool]:
        return [target.links.carrier(self.node.name, network) for network in self.networks]

    def _set(self, target: Target, *, up: bool) -> None:
        for network in self.networks:
            target.links.set_carrier(self.node.name, network, up=up)
