"""A planned move of a guest. It is undone like a fault."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.plan.plan import NodePlan
from harness.plan.references import Guest, Node
from harness.target.target import Needs, Target

LOCATION = "cli-prefer-{guest}"
"""Id of the constraint that crm_resource(8) creates for a move."""


@dataclass(frozen=True)
class Move:
    """A person moves a guest to a node. The constraint of the move is cleared at the end.

    Example:
        with inject(Move(guest, cluster.peer_of(host), source=host)):
            cluster.wait_until(runs_on(guest, cluster.peer_of(host)))
    """

    guest: Guest
    destination: Node
    _: KW_ONLY
    source: Node
    """The node that runs the guest now."""
    kind: Literal["move"] = "move"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"move of {self.guest} to {self.destination}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.source,)

    def inject(self, target: Target) -> None:
        """Create the constraint."""
        command = f"crm_resource --resource {self.guest} --move --node {self.destination}"
        target.shell.check(target.plan.arbitrator, command)

    def bites(self, target: Target) -> bool:
        """The configuration has the constraint."""
        listed = target.shell.check(target.plan.arbitrator, "cibadmin --query --scope constraints")
        return f'id="{LOCATION.format(guest=self.guest)}"' in listed

    def gone(self, target: Target) -> bool:
        """The configuration has no such constraint."""
        return not self.bites(target)

    def lift(self, target: Target) -> None:
        """Clear the constraint."""
        command = f"crm_resource --resource {self.guest} --clear"
        target.shell.check(target.plan.arbitrator, command)
