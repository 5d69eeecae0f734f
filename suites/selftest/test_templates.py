"""Each template, filled with the shipped plan, says what the cluster must be configured with."""

import re

import pytest
from jinja2 import UndefinedError
from lxml import etree

from fixtures.stack.templating import put_template, render
from harness.plan.plan import RINGS, Acceleration, Plan
from suites.selftest.fake_lab import FakeLab


@pytest.fixture(params=Acceleration)
def lab(request: pytest.FixtureRequest, lab: FakeLab) -> FakeLab:
    """A lab of each acceleration."""
    lab.accel = request.param
    return lab


@pytest.fixture
def drbd(lab: FakeLab, plan: Plan) -> str:
    return render(
        lab, "drbd.res", guest=plan.guests["shop"], volume_group="vg", fence_handler="/sbin/fence"
    )


def test_replication_runs_between_the_data_nodes_on_the_backplane(drbd: str) -> None:
    sides = re.findall(r"on (\w+) \{\s+address ([\d.:]+);", drbd)
    assert sides == [("alpha", "10.77.1.11:7790"), ("bravo", "10.77.1.12:7790")]


def test_a_replica_has_its_own_device_and_volume(drbd: str) -> None:
    assert "resource shop {" in drbd
    assert "device /dev/drbd2 minor 2;" in drbd
    assert "disk /dev/vg/shop;" in drbd


def test_a_primary_that_loses_its_peer_fences_it(drbd: str) -> None:
    assert "fencing resource-and-stonith;" in drbd
    assert "crm-unfence-peer.sh" in drbd


def test_a_primary_that_cannot_fence_its_peer_stays_frozen(drbd: str) -> None:
    """For a day at least, in whichever of the handler's two waits it is."""
    (limits,) = re.findall(r'fence-peer "/sbin/fence --timeout (\d+) --dc-timeout (\d+)";', drbd)
    assert all(int(limit) >= 86400 for limit in limits)


def test_no_split_brain_is_resolved_by_itself(drbd: str) -> None:
    assert re.findall(r"after-sb-\dpri (\w+);", drbd) == ["disconnect"] * 3


def test_the_profiles_limits_are_in_force(lab: FakeLab, drbd: str) -> None:
    assert f" timeout {lab.timings.drbd_timeout_ds};" in drbd
    assert f" ping-timeout {lab.timings.drbd_ping_timeout_ds};" in drbd


def test_corosync_has_two_rings_on_every_node(lab: FakeLab, plan: Plan) -> None:
    text = render(lab, "corosync.conf")
    assert f"token: {plan.corosync.token_ms}\n" in text
    for number, ring in enumerate(RINGS):
        addresses = re.findall(rf"ring{number}_addr: (\S+)", text)
        assert addresses == [str(node.addresses[ring]) for node in plan.nodes.values()]
    assert re.findall(r"name: (\w+)\s+nodeid: (\d)", text) == [
        ("alpha", "1"),
        ("bravo", "2"),
        ("arbiter", "3"),
    ]


@pytest.fixture
def definition(lab: FakeLab, plan: Plan) -> etree._Element:
    """The definition of shop."""
    names = {"media": "/m", "bridge": "br0", "lan": plan.networks["lan"], "gateway": "10.77.2.1"}
    return etree.fromstring(render(lab, "guest.xml", guest=plan.guests["shop"], **names).encode())


def test_a_guests_definition_is_whole(definition: etree._Element, plan: Plan) -> None:
    line = str(definition.findtext("os/cmdline")).split()
    assert (definition.get("type"), definition.findtext("name")) == ("kvm", "shop")
    assert definition.xpath("string(devices/disk/source/@dev)") == "/dev/drbd2"
    assert definition.xpath("string(devices/interface/mac/@address)") == plan.guests["shop"].mac
    assert "quorate.address=10.77.2.22/24" in line
    assert "quorate.guest=shop" in line


def test_a_guest_starts_without_needless_questions_and_firmware(definition: etree._Element) -> None:
    """Each costs an emulated node seconds of every failover."""
    names = {"qemu": "http://libvirt.org/schemas/domain/qemu/1.0"}
    removed = definition.xpath("qemu:capabilities/qemu:del/@capability", namespaces=names)
    assert removed == ["cpu-unavailable-features"]
    loader = definition.find("os/loader")
    assert loader is not None
    assert (loader.text, loader.get("type"), loader.get("readonly")) == (
        *("/usr/share/qemu/qboot.rom", "rom", "yes"),
    )


def test_every_node_knows_the_others_by_name(lab: FakeLab, plan: Plan) -> None:
    known = dict(line.split()[::-1] for line in render(lab, "network/hosts").splitlines() if line)
    assert {name: known[name] for name in plan.nodes} == {
        name: str(node.addresses["backplane"]) for name, node in plan.nodes.items()
    }


@pytest.mark.parametrize("name", ["20-backplane.network", "40-bridge.network"])
def test_a_card_has_the_nodes_own_address(name: str, lab: FakeLab, plan: Plan) -> None:
    """`node` is told to every template that is put on a node."""
    put_template(lab, plan.arbitrator, "/net", f"network/{name}", bridge="br0")
    network = "backplane" if "backplane" in name else "lan"
    text = lab.shell.files["arbiter", "/net"].decode()
    assert f"Address={plan.arbitrator.addresses[network]}/24\n" in text


@pytest.mark.parametrize("template", ["cib.xml", "drbd.res", "guest.xml", "network/30-lan.network"])
def test_what_a_template_is_not_told_leaves_no_gap(template: str, lab: FakeLab) -> None:
    with pytest.raises(UndefinedError):
        render(lab, template)
