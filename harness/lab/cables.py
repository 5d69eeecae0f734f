"""The network cables of a lab's nodes, plugged and pulled by the hypervisor."""

from harness.lab.hypervisor import Hypervisor
from harness.plan.plan import Plan


class Cables:
    """The `Links` of a lab. Finds a network card by its MAC address in the plan."""

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
