"""Delayed packets, injected inside a node with tc(8)."""

from dataclasses import KW_ONLY
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NETWORKS, NodePlan
from harness.plan.references import Node
from harness.target.target import Needs, Target

DELAY = "tc qdisc add dev {card} root netem delay {delay_ms}ms"
SLOW = "ping -c 1 -W 5 -q {address} | awk -F/ '/^rtt/ && $5 >= {delay_ms} {{ print }}' | grep -q ."
"""The fifth field of ping's last line is the average time of an answer, in milliseconds."""
QUICK = "! tc qdisc show dev {card} | grep -q netem"
LIFT = "{quick} || tc qdisc delete dev {card} root"


@dataclass(frozen=True)
class DelayedTraffic:
    """Each packet that a node sends on some networks is delayed. A reboot ends the fault.

    Example:
        with inject(DelayedTraffic(node, ("backplane",), 200)):
            cluster.holds(nobody_fenced_but(), throughout=timedelta(minutes=1))
    """

    node: Node
    networks: tuple[str, ...]
    delay_ms: Annotated[int, Field(ge=1, le=60_000)]
    _: KW_ONLY
    kind: Literal["delayed_traffic"] = "delayed_traffic"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        where = " and ".join(self.networks)
        return f"packets of {self.node} delayed by {self.delay_ms} ms on {where}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Give each card a queue with a delay."""
        for card in self._cards():
            target.shell.check(self.node, DELAY.format(card=card, delay_ms=self.delay_ms))

    def bites(self, target: Target) -> bool:
        """The gateway of each network answers only after the delay."""
        gateways = [target.plan.gateway(network) for network in self.networks]
        slow = [SLOW.format(address=one, delay_ms=self.delay_ms) for one in gateways]
        return succeeds(target, self.node, " && ".join(slow))

    def gone(self, target: Target) -> bool:
        """No card has such a queue."""
        quick = [f"{{ {QUICK.format(card=card)}; }}" for card in self._cards()]
        return succeeds(target, self.node, " && ".join(quick))

    def lift(self, target: Target) -> None:
        """Delete the queues as soon as the node can be reached."""
        for card in self._cards():
            lift = LIFT.format(quick=QUICK.format(card=card), card=card)
            run_when_reachable(target, self.node, lift, f"{self.name}: lifted")

    def _cards(self) -> list[str]:
        return [f"eth{NETWORKS.index(network)}" for network in self.networks]
