"""Faults of the network, injected at the nodes' links."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.plan.plan import RINGS, NodePlan
from harness.plan.references import Node
from harness.target.target import Capability, Needs, Target


@dataclass(frozen=True)
class CarrierLoss:
    """A node loses the carrier on its links, by default on both Corosync rings.

    The hypervisor sets the links down, so that both ends lose the carrier. They stay down when the
    node is fenced and reboots.

    Example:
        with inject(CarrierLoss(node)):
            cluster.wait_until(fenced(node))
    """

    node: Node
    networks: tuple[str, ...] = RINGS
    _: KW_ONLY
    kind: Literal["carrier_loss"] = "carrier_loss"

    needs: ClassVar[Needs] = Needs({Capability.LINKS})
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False

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
        """Set the links down."""
        self._set(target, up=False)

    def bites(self, target: Target) -> bool:
        """Every one of the links is down."""
        return not any(self._carriers(target))

    def gone(self, target: Target) -> bool:
        """Every one of the links is up."""
        return all(self._carriers(target))

    def lift(self, target: Target) -> None:
        """Set the links up."""
        self._set(target, up=True)

    def _carriers(self, target: Target) -> list[bool]:
        return [target.links.carrier(self.node.name, network) for network in self.networks]

    def _set(self, target: Target, *, up: bool) -> None:
        for network in self.networks:
            target.links.set_carrier(self.node.name, network, up=up)
