"""What the stack fixtures put on a node, and what they look for before they go on."""

import subprocess
from pathlib import Path

import pytest
from lxml import etree

from fixtures.stack import guests, membership, network, processor, resources
from harness.plan.plan import Plan
from harness.target.shell import ShellError
from harness.waiting import Timeout
from suites.selftest.fake_lab import FakeLab

RING = """Printing link status.
Local node ID 1, transport knet
LINK ID 0 udp
	addr	= 10.77.1.11
	status:
		nodeid:          1:	localhost
		nodeid:          2:	{0}
		nodeid:          3:	connected
LINK ID 1 udp
	addr	= 10.77.2.11
	status:
		nodeid:          1:	localhost
		nodeid:          2:	connected
		nodeid:          3:	connected
"""


ONLINE = "Node List:\n  * Online: [ alpha arbiter bravo ]\n"
CONTROLLER = "  * Current DC: {0} (version 2.1.5) - partition with quorum\n"


@pytest.fixture
def forming(lab: FakeLab) -> FakeLab:
    """A cluster that forms as it should."""
    lab.shell.answer("^systemctl start --no-block pacemaker$")
    lab.shell.answer("crm_mon -1 --exclude", ONLINE)
    lab.shell.answer("crm_mon -1 --include=none,dc$", CONTROLLER.format("arbiter"))
    lab.shell.answer("corosync-cfgtool", RING.format("connected"))
    return lab


def pacemaker_started(lab: FakeLab) -> list[str]:
    return sorted(name for name, command in lab.shell.asked if "start --no-block" in command)


@pytest.mark.usefixtures("clock")
def test_the_data_nodes_join_when_the_arbitrator_is_the_controller(forming: FakeLab) -> None:
    membership.verify(forming)
    assert pacemaker_started(forming) == ["alpha", "bravo"]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "said",
    ["", "  * Current DC: NONE\n", CONTROLLER.format("alpha"), CONTROLLER.format("arbiter2")],
    ids=["nothing", "none", "another", "a longer name"],
)
def test_nobody_joins_before_the_arbitrator_is_the_controller(forming: FakeLab, said: str) -> None:
    forming.shell.answer("crm_mon -1 --include=none,dc$", said)
    with pytest.raises(Timeout, match="the arbitrator is the controller"):
        membership.verify(forming)
    assert pacemaker_started(forming) == []


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "said",
    ["Node List:\n  * Node bravo: OFFLINE\n  * Online: [ alpha arbiter ]\n", ""],
    ids=["two", "none"],
)
def test_a_membership_is_whole_when_all_are_online(forming: FakeLab, said: str) -> None:
    forming.shell.answer("crm_mon -1 --exclude", said)
    with pytest.raises(Timeout, match="all nodes are online"):
        membership.verify(forming)


@pytest.mark.usefixtures("clock")
def test_a_ring_that_one_node_does_not_see_is_waited_for(forming: FakeLab) -> None:
    forming.shell.answer("corosync-cfgtool", RING.format("disconnected"), on="bravo")
    with pytest.raises(Timeout, match="both rings are connected"):
        membership.verify(forming)


def test_pacemaker_begins_on_the_arbitrator_alone(lab: FakeLab) -> None:
    """So that it is the controller of every checkpoint."""
    for name in ("corosync.authkey", "fence.key"):
        (lab.state.keys / name).write_bytes(b"secret")
    lab.shell.answer("systemctl")
    lab.shell.answer("cibadmin --empty")
    membership.install(lab)
    begun = [name for name, command in lab.shell.asked if "no-block pacemaker" in command]
    assert begun == ["arbiter"]


EMPTY_CIB = """\
<cib crm_feature_set="3.20.0" validate-with="pacemaker-4.0" epoch="0" admin_epoch="0">
  <configuration>
    <crm_config/>
    <nodes/>
  </configuration>
  <status/>
</cib>
"""


def test_a_node_starts_with_the_seeded_options_and_a_cib_that_is_there_is_kept(
    tmp_path: Path,
) -> None:
    (tmp_path / "empty").write_text(EMPTY_CIB)
    seed = membership.FIRST_CIB.replace(membership.CIB, f"{tmp_path}/cib.xml")
    seed = seed.replace("cibadmin --empty", f"cat {tmp_path}/empty").replace("-o hacluster", "")
    seed = seed.replace("-g haclient", "")
    subprocess.run(["sh", "-c", seed], check=True)
    options = etree.parse(tmp_path / "cib.xml").iterfind(".//cluster_property_set/nvpair")
    assert {o.get("name"): o.get("value") for o in options} == membership.SEEDED
    (tmp_path / "cib.xml").write_text("living")
    subprocess.run(["sh", "-c", seed], check=True)
    assert (tmp_path / "cib.xml").read_text() == "living"


def test_secrets_on_a_node_are_for_root_only(lab: FakeLab, plan: Plan) -> None:
    (lab.state.keys / "corosync.authkey").write_bytes(b"one")
    (lab.state.keys / "fence.key").write_bytes(b"two")
    lab.shell.answer("systemctl")
    lab.shell.answer("cibadmin --empty")
    membership.install(lab)
    for name in plan.nodes:
        assert lab.shell.modes[name, "/etc/corosync/authkey"] == 0o400
        assert lab.shell.modes[name, membership.FENCE_KEY] == 0o600


@pytest.mark.usefixtures("clock")
def test_a_network_is_installed_when_its_addresses_are_on_the_cards(
    lab: FakeLab, plan: Plan
) -> None:
    lab.shell.answer("networkctl")
    for name, node in plan.nodes.items():
        ring, lan = node.addresses["backplane"], node.addresses["lan"]
        lab.shell.answer("ip -br", f"eth1 UP {ring}/24\nbr-lan UP {lan}/24\n", on=name)
    network.install(lab)
    network.verify(lab)
    lab.shell.answer("ip -br", "eth1 UP 10.77.1.13/24\n", on="arbiter")
    with pytest.raises(Timeout, match="arbiter has its addresses"):
        network.verify(lab)


KVM = "<domainCapabilities><domain>kvm</domain></domainCapabilities>"


def test_every_guest_is_defined_on_both_data_nodes(lab: FakeLab, plan: Plan) -> None:
    """The new definitions are put in the old ones' place in one go."""
    lab.shell.answer("systemctl start libvirtd$")
    guests.install(lab)
    folder = guests.FOLDER
    wanted = {(n.name, f"{folder}/{g}.xml.new") for n in plan.data_nodes for g in plan.guests}
    assert set(lab.shell.files) == wanted


def test_guests_that_run_by_another_definition_are_restarted_side_by_side(lab: FakeLab) -> None:
    lab.shell.answer("systemctl start libvirtd$", "web\n", on="alpha")
    lab.shell.answer("systemctl start libvirtd$", "shop\nweb\n", on="bravo")
    lab.shell.answer("crm_resource")
    guests.install(lab)
    name, command = lab.shell.asked[-1]
    assert name == "arbiter"
    restart = "crm_resource --restart --resource"
    assert command == f"{restart} shop & {restart} web & wait"


@pytest.mark.parametrize(
    ("before", "now", "changed"),
    [(None, "a", ""), ("a", "a", ""), ("a", "b", "web\n")],
    ids=["the first", "the same", "another"],
)
def test_a_definition_counts_as_changed_when_there_was_another_one(
    tmp_path: Path, before: str | None, now: str, changed: str
) -> None:
    """The commands, run by this machine's shell."""
    if before:
        (tmp_path / "web.xml").write_text(before)
    (tmp_path / "web.xml.new").write_text(now)
    move = guests.MOVE.format(folder=tmp_path).replace("systemctl start libvirtd", "true")
    done = subprocess.run(["sh", "-c", move], capture_output=True, text=True, check=True)
    assert done.stdout == changed
    assert [file.name for file in tmp_path.iterdir()] == ["web.xml"]
    assert (tmp_path / "web.xml").read_text() == now


def test_a_node_that_offers_kvm_is_content_and_another_one_is_named(lab: FakeLab) -> None:
    lab.shell.answer("domcapabilities", KVM)
    guests.verify(lab)
    lab.shell.answer("domcapabilities", KVM.replace("kvm", "qemu"), on="bravo")
    with pytest.raises(ShellError, match="bravo: libvirt offers no KVM"):
        guests.verify(lab)


def test_the_whole_configuration_is_loaded_at_once_and_verified(lab: FakeLab, plan: Plan) -> None:
    elected = '<crm_config><nvpair id="x" name="dc-version" value="2.1.5"/></crm_config>'
    lab.shell.answer("^cibadmin --query --scope crm_config$", elected)
    lab.shell.answer(r"^cibadmin --replace .*/run/cib\.xml$")
    lab.shell.answer("^crm_verify --live-check$")
    resources.install(lab)
    resources.verify(lab)
    [(name, path)] = lab.shell.files
    assert path == "/run/cib.xml"
    loaded = lab.shell.files[name, path].decode()
    assert f'"{plan.gateway("mgmt")}"' in loaded
    assert 'name="dc-version" value="2.1.5"' in loaded
    assert [asked for asked, _ in lab.shell.asked] == [name] * 3


def test_the_services_of_the_data_nodes_get_the_plans_share_of_a_busy_processor(
    lab: FakeLab,
) -> None:
    lab.shell.answer("^systemctl set-property system.slice CPUWeight=50$")
    lab.shell.answer("^cat /sys/fs/cgroup/system.slice/cpu.weight$", "50\n")
    processor.install(lab)
    processor.verify(lab)
    assert {name for name, _ in lab.shell.asked} == {"alpha", "bravo"}


def test_a_node_with_another_share_is_named(lab: FakeLab) -> None:
    lab.shell.answer("cpu.weight", "50\n")
    lab.shell.answer("cpu.weight", "100\n", on="bravo")
    with pytest.raises(ShellError, match=r"bravo: system\.slice .* weight 100 instead of 50"):
        processor.verify(lab)
