"""The cables of a lab's nodes, each at the hypervisor's end."""

from harness.lab.hypervisor import Hypervisor
from harness.plan.plan import Plan


class Cables:
    """Links of the nodes of a plan: a card is found by its fixed hardware address."""

    def __init__(self, hypervisor: Hypervisor, plan: Plan) -> None:
        self._hypervisor = hypervisor
        self._plan = plan

    def carrier(self, node: str, network: str) -> bool:
        """See `Links.carrier`."""
        return self._hypervisor.carrier(node, self._mac(node, network))

    def set_carrier(self, node: str, network: str, *, up: bool) -> None:
        """See `Links.set_carrier`."""
        self._hypervisor.set_carrier(node, self._mac(node, network), up=up)

    def _mac(self, node: str, network: str) -> str:
        return self._plan.mac(self._plan.nodes[node], network)
