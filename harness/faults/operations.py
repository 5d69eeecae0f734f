"""Operations of a person. Each is undone like a fault."""

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


@dataclass(frozen=True)
class Standby:
    """A person puts a node into standby, so that all its guests move, until the fault is lifted.

    Example:
        with inject(Standby(host)):
            cluster.wait_until(runs_on(guest, cluster.peer_of(host)))
    """

    node: Node
    _: KW_ONLY
    kind: Literal["standby"] = "standby"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"standby of {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Set the node's attribute."""
        self._attribute(target, "--update on")

    def bites(self, target: Target) -> bool:
        """The configuration has the attribute."""
        return "value=on" in self._attribute(target, "--query --default off")

    def gone(self, target: Target) -> bool:
        """The configuration has no such attribute."""
        return not self.bites(target)

    def lift(self, target: Target) -> None:
        """Delete the attribute, and the empty set of attributes that crm_attribute(8) leaves."""
        self._attribute(target, "--delete")
        empty = f"//node[@uname='{self.node}']/instance_attributes[not(*)]"
        target.shell.check(target.plan.arbitrator, f'cibadmin --delete --xpath "{empty}"')

    def _attribute(self, target: Target, words: str) -> str:
        command = f"crm_attribute --node {self.node} --name standby {words}"
        return target.shell.check(target.plan.arbitrator, command)


@dataclass(frozen=True)
class Maintenance:
    """A person puts the cluster into maintenance mode, so that Pacemaker manages nothing.

    Example:
        with inject(Maintenance()):
            cluster.holds(nobody_fenced_but(), throughout=timedelta(minutes=1))
    """

    _: KW_ONLY
    kind: Literal["maintenance"] = "maintenance"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = False
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False
    victims: ClassVar[tuple[NodePlan, ...]] = ()
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return "maintenance mode"

    def inject(self, target: Target) -> None:
        """Set the cluster option."""
        self._option(target, "--update true")

    def bites(self, target: Target) -> bool:
        """Pacemaker reports the mode."""
        command = "crm_mon --output-as=xml --include=none,options"
        return 'maintenance-mode="true"' in target.shell.check(target.plan.arbitrator, command)

    def gone(self, target: Target) -> bool:
        """The configuration has no such option."""
        return "value=off" in self._option(target, "--query --default off")

    def lift(self, target: Target) -> None:
        """Delete the option."""
        self._option(target, "--delete")

    def _option(self, target: Target, words: str) -> str:
        command = f"crm_attribute --name maintenance-mode {words}"
        return target.shell.check(target.plan.arbitrator, command)
