"""Slow links: delayed packets, or a low rate, injected inside a node with tc-netem(8)."""

from dataclasses import KW_ONLY
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NETWORKS, NodePlan
from harness.plan.references import Node
from harness.target.target import Needs, Target

SHAPE = "tc qdisc add dev {card} root netem{how}"
PING_BYTES = 1400
SLOW = (
    "ping -c 1 -W 5 -q -s {size} {address} | "
    "awk -F/ '/^rtt/ && $5 >= {least_ms} {{ print }}' | grep -q ."
)
"""The fifth field of ping's last line is the average time of an answer, in milliseconds."""
QUICK = "! tc qdisc show dev {card} | grep -q netem"
LIFT = "{quick} || tc qdisc delete dev {card} root"


@dataclass(frozen=True)
class SlowTraffic:
    """What a node sends on some networks is delayed, or is sent at a low rate.

    A reboot ends the fault.

    Example:
        with inject(SlowTraffic(node, ("backplane",), delay_ms=200)):
            cluster.holds(nobody_fenced_but(), throughout=timedelta(minutes=1))
    """

    node: Node
    networks: tuple[str, ...]
    _: KW_ONLY
    delay_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    rate_kbit: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    """Kilobits a second; 0 is no limit."""
    kind: Literal["slow_traffic"] = "slow_traffic"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        where = " and ".join(self.networks)
        delayed = f"delayed by {self.delay_ms} ms" if self.delay_ms else ""
        limited = f"limited to {self.rate_kbit} kbit/s" if self.rate_kbit else ""
        return f"packets of {self.node} {' and '.join(filter(None, (delayed, limited)))} on {where}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Give each card a slow queue."""
        delay = f" delay {self.delay_ms}ms" if self.delay_ms else ""
        rate = f" rate {self.rate_kbit}kbit" if self.rate_kbit else ""
        for card in self._cards():
            target.shell.check(self.node, SHAPE.format(card=card, how=delay + rate))

    def bites(self, target: Target) -> bool:
        """The gateway of each network answers a large packet only after the time it must take."""
        sending_ms = PING_BYTES * 8 // self.rate_kbit if self.rate_kbit else 0
        form = {"size": PING_BYTES, "least_ms": self.delay_ms + sending_ms}
        gateways = [target.plan.gateway(network) for network in self.networks]
        slow = [SLOW.format(address=one, **form) for one in gateways]
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
