"""A node's cable on a network is found by its card's fixed hardware address."""

from harness.lab.cables import Cables
from harness.plan.plan import Plan
from suites.selftest.fake_lab import FakeHypervisor


def test_a_cable_is_pulled_and_plugged_at_its_own_card(
    hypervisor: FakeHypervisor, plan: Plan
) -> None:
    cables, card = Cables(hypervisor, plan), plan.mac(plan.nodes["bravo"], "lan")
    cables.set_carrier("bravo", "lan", up=False)
    assert hypervisor.pulled == {("bravo", card)}
    assert not cables.carrier("bravo", "lan")
    assert cables.carrier("bravo", "backplane")
    assert cables.carrier("alpha", "lan")
    cables.set_carrier("bravo", "lan", up=True)
    assert cables.carrier("bravo", "lan")
