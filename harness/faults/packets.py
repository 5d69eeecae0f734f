"""Faults of packets, injected inside a node with nftables."""

from collections.abc import Iterator
from dataclasses import KW_ONLY
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NETWORKS, RINGS, NodePlan
from harness.plan.references import Node
from harness.target.target import Needs, Target

TABLE = "netdev quorate"
CHAIN = "add chain {table} {hook}-{card} {{ type filter hook {hook} device {card} priority -500; }}"
RULE = "add rule {table} {hook}-{card} {match}counter {lose}"
NOWHERE = "ether daddr set 02:00:00:00:00:00"
"""Sends a packet to an address that nobody has. A sender notices when its own node drops a packet:
sendto() fails with ENOBUFS if the socket has IP_RECVERR. Corosync's knet then tries this packet
again for ever, and sends nothing on its other links (transport_udp.c)."""
LOSE = {"ingress": "drop", "egress": NOWHERE}
DROPPED = f"nft list table {TABLE} | grep -Eq 'packets [1-9]'"
STIMULUS = "echo > /dev/udp/{address}/{port}; "
"""Sends a packet to a port. A port may be quiet for minutes: a fence device is asked every 6."""
LIFT = f"nft add table {TABLE} && nft delete table {TABLE}"
HOOKS = {"both": ("ingress", "egress"), "in": ("ingress",), "out": ("egress",)}
"""Hooks of the family netdev in nft(8). They also see what a bridge or tcpdump does not."""
PEER = {"ingress": "ip saddr {address} ", "egress": "ip daddr {address} "}
PORTS = ("th sport {port} ", "th dport {port} ")
"""A node is the client of some connections and the server of others."""
Port = Annotated[int, Field(ge=1, le=65535)]
SHARE = "numgen random mod 100 < {percent} "


@dataclass(frozen=True)
class DroppedTraffic:
    """Packets of a node are lost on some networks, in both directions or in one.

    Neither sender nor receiver notices. By default all are lost. With `peer` only those from or to
    that node are, with `ports` only those of some TCP or UDP ports, and with `percent` a random
    share of them. The links keep their carrier. A reboot of the node ends the fault.

    Example:
        with inject(DroppedTraffic(node, ("backplane",), "in")):
            cluster.holds(nobody_fenced_but(), throughout=timedelta(minutes=1))
    """

    node: Node
    networks: tuple[str, ...] = RINGS
    way: Literal["both", "in", "out"] = "both"
    _: KW_ONLY
    peer: Node | None = None
    ports: tuple[Port, ...] = ()
    percent: Annotated[int, Field(ge=1, le=100)] = 100
    kind: Literal["dropped_traffic"] = "dropped_traffic"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        share = "all" if self.percent == 100 else f"{self.percent} % of all"
        way = {"both": "", "in": " incoming", "out": " outgoing"}[self.way]
        between = f" with {self.peer}" if self.peer else ""
        port = f", port {' and '.join(map(str, self.ports))}" if self.ports else ""
        where = " and ".join(self.networks)
        return f"{share}{way} packets of {self.node}{between} dropped on {where}{port}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    @property
    def may_be_fenced(self) -> tuple[NodePlan, ...]:
        """See `Fault.may_be_fenced`. Two nodes that do not hear each other may fence each other."""
        return (self.node, self.peer) if self.peer else (self.node,)

    def inject(self, target: Target) -> None:
        """Add a table of rules, in one transaction."""
        rules = "\n".join([f"add table {TABLE}", *self._rules()])
        target.shell.check(self.node, f"nft -f - <<'end'\n{rules}\nend")

    def bites(self, target: Target) -> bool:
        """A rule has lost a packet. On a node that does not answer, the fault has ended."""
        return succeeds(target, self.node, f"{self._stimulus(target)}{DROPPED}")

    def gone(self, target: Target) -> bool:
        """The node answers and has no such table."""
        return succeeds(target, self.node, f"! nft list table {TABLE}")

    def lift(self, target: Target) -> None:
        """Delete the table as soon as the node can be reached."""
        run_when_reachable(target, self.node, LIFT, f"{self.name}: lifted")

    def _stimulus(self, target: Target) -> str:
        """Return a command that sends a packet which must be dropped, where that is possible."""
        if not self.ports or self.way == "in":
            return ""
        network = self.networks[0]
        address = self.peer.addresses[network] if self.peer else target.plan.gateway(network)
        return STIMULUS.format(address=address, port=self.ports[0])

    def _rules(self) -> Iterator[str]:
        for network in self.networks:
            for hook in HOOKS[self.way]:
                chain = {"table": TABLE, "hook": hook, "card": f"eth{NETWORKS.index(network)}"}
                yield CHAIN.format(**chain)
                for match in self._matches(hook, network):
                    yield RULE.format(**chain, match=match, lose=LOSE[hook])

    def _matches(self, hook: str, network: str) -> Iterator[str]:
        """Yield the matches of one chain, as nft(8) has them."""
        address = self.peer.addresses[network] if self.peer else None
        peer = PEER[hook].format(address=address) if address else ""
        share = "" if self.percent == 100 else SHARE.format(percent=self.percent)
        ports = [match.format(port=port) for port in self.ports for match in PORTS]
        yield from (f"{peer}{port}{share}" for port in ports or [""])
