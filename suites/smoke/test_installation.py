"""The properties of the finished installation."""

import json

import pytest
from testinfra.host import Host

from fixtures.serving import serves
from fixtures.stack.guests import FOLDER
from fixtures.stack.lvm import VOLUME_GROUP
from fixtures.stack.packages import unmet
from harness.cluster.cluster import Cluster
from harness.cluster.conditions import settled
from harness.plan.plan import RINGS, GuestPlan, NodePlan, Role
from harness.record.timeline import Timeline
from harness.target.target import Target

pytestmark = pytest.mark.quick


@pytest.fixture
def observed(living_cluster: Target) -> Cluster:
    """The living cluster, for observation only."""
    return Cluster(living_cluster, Timeline())


def test_packages_have_the_wanted_versions(living_cluster: Target, node: NodePlan) -> None:
    """Every package of a node's role is installed in the version that the plan requires."""
    assert unmet(living_cluster, node) == []


def test_addresses_are_on_their_networks(node_host: Host, node: NodePlan) -> None:
    """A node has its planned address on every network."""
    present = node_host.interface.names()
    shown = {address for name in present for address in node_host.interface(name).addresses}
    assert {str(address) for address in node.addresses.values()} <= shown


@pytest.mark.parametrize("service", ["corosync", "pacemaker", "ssh"])
def test_services_run_and_start_at_boot(node_host: Host, service: str) -> None:
    """The services run and are enabled, so that a fenced node returns by itself."""
    assert node_host.service(service).is_running
    assert node_host.service(service).is_enabled


def test_drbd_and_libvirt_guests_are_disabled(node_host: Host) -> None:
    """Only Pacemaker starts replicas and guests."""
    assert not node_host.service("drbd").is_enabled
    assert not node_host.service("libvirt-guests").is_enabled


def test_secrets_are_readable_by_root_only(node_host: Host) -> None:
    """The keys of Corosync and of fencing are readable by root only."""
    for path in ("/etc/corosync/authkey", "/etc/cluster/fence_xvm.key"):
        file = node_host.file(path)
        assert file.user == "root"
        assert file.mode & 0o077 == 0


def test_var_is_a_file_system_of_its_own(node_host: Host) -> None:
    """/var is a file system of its own, so that a full /var does not fill /."""
    assert node_host.mount_point("/var").exists


def test_both_rings_are_connected(node_host: Host) -> None:
    """Every node is connected to every other node over each ring."""
    output = node_host.check_output("corosync-cfgtool -s")
    assert output.count("LINK ID") == len(RINGS)
    assert "disconnected" not in output


def test_a_node_holds_one_vote_of_three(node_host: Host) -> None:
    """Quorum is two of three votes, and each node has one vote."""
    output = node_host.check_output("corosync-quorumtool -s")
    assert "Expected votes:   3" in output
    assert "Quorum:           2" in output
    assert "Flags:            Quorate" in output


def test_fencing_is_on_and_every_node_has_a_device(observed: Cluster) -> None:
    """Fencing is enabled, and each node has a fence device that runs on another node."""
    view = observed.status().view
    devices = {r.name: r.nodes for r in view.resources if r.name.startswith("fence-")}
    assert set(devices) == {f"fence-{node}" for node in observed.target.plan.nodes}
    for name, nodes in devices.items():
        assert nodes
        assert name.removeprefix("fence-") not in nodes
    setting = "crm_attribute --type crm_config --name stonith-enabled --query --quiet"
    assert observed.target.shell.check(observed.arbitrator, setting).strip() == "true"


def test_nodes_offer_real_kvm(living_cluster: Target) -> None:
    """kvm_amd or kvm_intel is loaded on both data nodes, and /dev/kvm exists."""
    for node in living_cluster.plan.data_nodes:
        modules = living_cluster.shell.check(node, "lsmod; ls /dev/kvm")
        assert "kvm_amd" in modules or "kvm_intel" in modules


def test_guest_runs_under_kvm_on_its_preferred_node(observed: Cluster, guest: GuestPlan) -> None:
    """The guest runs on its preferred node, in a domain of type kvm."""
    node = observed.host_of(guest)
    assert node.name == guest.prefers
    xml = observed.target.shell.check(node, f"virsh -c qemu:///system dumpxml {guest}")
    assert "<domain type='kvm'" in xml


def test_guest_answers_under_its_own_name(living_cluster: Target, guest: GuestPlan) -> None:
    """A guest's answer carries its own name, so that no other guest is taken for it."""
    assert serves(living_cluster.plan.guests[guest.name])


def test_guest_has_its_own_volume_and_replica(living_cluster: Target, guest: GuestPlan) -> None:
    """Each guest has its own logical volume on each data node."""
    for node in living_cluster.plan.data_nodes:
        output = living_cluster.shell.check(node, f"lvs --reportformat json {VOLUME_GROUP}/{guest}")
        (volume,) = json.loads(output)["report"][0]["lv"]
        assert volume["lv_name"] == guest.name


def test_no_volume_group_of_a_guest_is_visible(living_cluster: Target) -> None:
    """A data node sees its own volume group only: LVM would else take a guest's disk from DRBD."""
    for node in living_cluster.plan.data_nodes:
        groups = living_cluster.shell.check(node, "vgs --noheadings --options vg_name")
        assert groups.split() == [VOLUME_GROUP]


def test_a_guest_is_defined_alike_on_both_nodes(living_cluster: Target, guest: GuestPlan) -> None:
    """Both data nodes have the same definition of a guest, so that each can start it."""
    command = f"sha256sum {FOLDER}/{guest}.xml"
    digests = {living_cluster.shell.check(node, command) for node in living_cluster.plan.data_nodes}
    assert len(digests) == 1


def test_arbitrator_holds_no_replica_and_no_guest(living_cluster: Target) -> None:
    """The arbitrator has no DRBD resource and no QEMU process: it only votes and fences."""
    arbitrator = living_cluster.plan.arbitrator
    assert arbitrator.role is Role.ARBITRATOR
    output = living_cluster.shell.check(arbitrator, "drbdsetup events2 --now; pgrep -c qemu; true")
    assert "exists resource" not in output
    assert output.strip().endswith("0")


def test_arbitrator_runs_no_libvirt(living_cluster: Target) -> None:
    """The arbitrator boots the data nodes' image, but runs none of libvirt's daemons."""
    arbitrator, daemons = living_cluster.plan.arbitrator, "libvirtd|virtlogd|virtlockd"
    assert living_cluster.shell.check(arbitrator, f"pgrep -lx '{daemons}'; true") == ""


def test_cluster_is_settled(observed: Cluster) -> None:
    """The cluster is settled, with no failure and no fencing in its history."""
    status = observed.status()
    assert settled(observed.target.plan).holds(status), str(status)
    assert not status.view.failures
    assert not status.view.fencings
