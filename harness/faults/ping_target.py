"""The loss of the ping target, injected inside a node with nftables."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.faults.packets import DROPPED, LIFT, NOWHERE, TABLE
from harness.plan.plan import NETWORKS, NodePlan
from harness.plan.references import Node
from harness.target.target import Needs, Target

DROP = f"""nft -f - <<'end'
add table {TABLE}
add chain {TABLE} pings {{{{ type filter hook egress device {{card}} priority -500; }}}}
add rule {TABLE} pings ip daddr {{address}} icmp type echo-request counter {NOWHERE}
end"""
PING = "ping -c 1 -W 1 {address} > /dev/null; "
"""Sends a packet that must be lost: the agent may ping only every minute and a half."""


@dataclass(frozen=True)
class LostPingTarget:
    """The ping target does not answer a node, as if the target had no power.

    Example:
        with inject(LostPingTarget(host)):
            cluster.wait_until(runs_on(guest, cluster.peer_of(host)))
    """

    node: Node
    _: KW_ONLY
    kind: Literal["lost_ping_target"] = "lost_ping_target"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"ping target lost on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Lose each ping of the target at the node's card, below the guests' bridge."""
        card = f"eth{NETWORKS.index('lan')}"
        command = DROP.format(card=card, address=target.plan.gateway("lan"))
        target.shell.check(self.node, command)

    def bites(self, target: Target) -> bool:
        """The rule has lost a ping."""
        ping = PING.format(address=target.plan.gateway("lan"))
        return succeeds(target, self.node, f"{ping}{DROPPED}")

    def gone(self, target: Target) -> bool:
        """The node reaches the target."""
        ping = PING.format(address=target.plan.gateway("lan"))
        return succeeds(target, self.node, ping.removesuffix("; "))

    def lift(self, target: Target) -> None:
        """Delete the rule as soon as the node can be reached."""
        run_when_reachable(target, self.node, LIFT, f"{self.node} reaches the ping target")
