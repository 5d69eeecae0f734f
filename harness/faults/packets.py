"""Faults of packets, injected inside a node with nftables."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NETWORKS, RINGS, NodePlan
from harness.plan.references import Node
from harness.target.target import Needs, Target

TABLE = "netdev quorate"
CHAIN = "add chain {table} {hook}-{card} {{ type filter hook {hook} device {card} priority -500; }}"
RULE = "add rule {table} {hook}-{card} counter drop"
DROPPED = f"nft list table {TABLE} | grep -Eq 'packets [1-9]'"
LIFT = f"nft add table {TABLE} && nft delete table {TABLE}"
HOOKS = {"both": ("ingress", "egress"), "in": ("ingress",), "out": ("egress",)}
"""Hooks of the family netdev in nft(8). They also see what a bridge or tcpdump does not."""


@dataclass(frozen=True)
class DroppedTraffic:
    """A node silently drops all packets on some networks, in both directions or in one.

    The links keep their carrier. A reboot of the node ends the fault.

    Example:
        with inject(DroppedTraffic(node, ("backplane",), "in")):
            cluster.holds(nobody_fenced_but(), throughout=timedelta(minutes=1))
    """

    node: Node
    networks: tuple[str, ...] = RINGS
    way: Literal["both", "in", "out"] = "both"
    _: KW_ONLY
    kind: Literal["dropped_traffic"] = "dropped_traffic"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        ways = {"both": "all packets", "in": "incoming packets", "out": "outgoing packets"}
        return f"{ways[self.way]} of {self.node} dropped on {' and '.join(self.networks)}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Add a table of rules, in one transaction."""
        lines = [f"add table {TABLE}"]
        for network in self.networks:
            for hook in HOOKS[self.way]:
                names = {"table": TABLE, "hook": hook, "card": f"eth{NETWORKS.index(network)}"}
                lines += [CHAIN.format(**names), RULE.format(**names)]
        rules = "\n".join(lines)
        target.shell.check(self.node, f"nft -f - <<'end'\n{rules}\nend")

    def bites(self, target: Target) -> bool:
        """A rule has dropped a packet. On a node that does not answer, the fault has ended."""
        return succeeds(target, self.node, DROPPED)

    def gone(self, target: Target) -> bool:
        """The node answers and has no such table."""
        return succeeds(target, self.node, f"! nft list table {TABLE}")

    def lift(self, target: Target) -> None:
        """Delete the table as soon as the node can be reached."""
        run_when_reachable(target, self.node, LIFT, f"{self.name}: lifted")
