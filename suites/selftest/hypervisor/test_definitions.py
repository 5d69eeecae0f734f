"""What libvirt is told of networks, machines and disks, and gives back."""

from pathlib import Path

from lxml import etree

from harness.lab.hypervisor import Hypervisor
from harness.plan.plan import Plan


def test_a_machines_disks_are_known(hypervisor: Hypervisor) -> None:
    assert hypervisor.disks("alpha") == [Path("/disks/alpha.img")]


def test_what_is_defined_can_be_defined_again(hypervisor: Hypervisor) -> None:
    networks, machines = hypervisor.definitions()
    assert ("default" in networks, "alpha" in machines) == (True, True)
    hypervisor.define(networks.values(), [machines["alpha"]])
    assert hypervisor.definitions() == (networks, machines)


def test_the_console_of_a_machine_is_continued_at_its_next_start(hypervisor: Hypervisor) -> None:
    _, machines = hypervisor.definitions()
    tree = etree.fromstring(machines["alpha"].encode())
    consoles = [
        tree.find(f"devices/{device}/source") for device in ("serial", "console", "channel")
    ]
    assert [console.get("append") for console in consoles if console is not None] == [
        "on",
        "on",
        "on",
    ]


def test_a_network_that_is_new_is_started(hypervisor: Hypervisor) -> None:
    hypervisor.define(["<network><name>lan</name></network>"], ())
    assert "lan" in hypervisor.definitions()[0]


def test_the_management_network_gives_each_card_its_address(
    hypervisor: Hypervisor, plan: Plan
) -> None:
    hypervisor.define_networks(plan)
    tree = etree.fromstring(hypervisor.definitions()[0]["mgmt"].encode())
    address = tree.find("ip")
    assert address is not None
    assert address.get("address") == "10.77.0.1"
    leases = {host.get("mac"): host.get("ip") for host in address.iterfind("dhcp/host")}
    assert leases == {
        plan.mac(node, "mgmt"): str(node.addresses["mgmt"]) for node in plan.nodes.values()
    }


def test_no_network_keeps_a_new_port_shut(hypervisor: Hypervisor, plan: Plan) -> None:
    hypervisor.define_networks(plan)
    networks = hypervisor.definitions()[0]
    for name in plan.networks:
        bridge = etree.fromstring(networks[name].encode()).find("bridge")
        assert bridge is not None
        assert (bridge.get("stp"), bridge.get("delay")) == ("off", "0")


def test_only_the_way_in_hands_out_addresses(hypervisor: Hypervisor, plan: Plan) -> None:
    hypervisor.define_networks(plan)
    networks = hypervisor.definitions()[0]
    assert [name for name in plan.networks if "<dhcp>" in networks[name]] == ["mgmt"]
