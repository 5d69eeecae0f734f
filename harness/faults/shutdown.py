"""The orderly shutdown of a node."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.plan.plan import NodePlan
from harness.plan.references import Node
from harness.target.shell import Unreachable
from harness.target.target import Capability, Needs, Target
from harness.waiting import wait_until

SHUT_DOWN = "systemctl --no-block poweroff"
STAYS_UP = "! systemctl list-jobs --no-legend poweroff.target | grep -q ."


@dataclass(frozen=True)
class Shutdown:
    """A person shuts a node down. At the end it is switched on again: together that is a reboot.

    systemd stops Pacemaker, which first stops or moves what the node runs. The lift waits until the
    node is off.

    Example:
        with inject(Shutdown(host)):
            cluster.wait_until(runs_on(guest, cluster.peer_of(host)))
    """

    node: Node
    _: KW_ONLY
    kind: Literal["shutdown"] = "shutdown"

    needs: ClassVar[Needs] = Needs({Capability.POWER})
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"shutdown of {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Begin the shutdown."""
        target.shell.check(self.node, SHUT_DOWN)

    def bites(self, target: Target) -> bool:
        """The node shuts down, or it is off."""
        try:
            return not target.shell.run(self.node, STAYS_UP).ok
        except Unreachable:
            return True

    def gone(self, target: Target) -> bool:
        """The machine has power again."""
        return target.power.is_running(self.node.name)

    def lift(self, target: Target) -> None:
        """Wait until the node is off, then switch the power on.

        Raises:
            Timeout: the node does not end its shutdown.
        """
        power, within = target.power, target.timings.rejoin_patience
        wait_until(
            f"{self.node} is off", lambda: not power.is_running(self.node.name), within=within
        )
        power.power_on(self.node.name)
