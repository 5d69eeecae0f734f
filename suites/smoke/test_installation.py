"""The finished installation, stated as facts."""

import json

import pytest
from testinfra.host import Host

from fixtures.serving import serves
from fixtures.stack.lvm import VOLUME_GROUP
from fixtures.stack.packages import unmet
from harness.cluster.cluster import Cluster
from harness.cluster.conditions import settled
from harness.plan.plan import RINGS, GuestPlan, NodePlan, Role
from harness.record.timeline import Timeline
from harness.target.target import Target


@pytest.fixture
def observed(living_cluster: Target) -> Cluster:
    """The living cluster, looked at and not touched."""
    return Cluster(living_cluster, Timeline())


def test_packages_have_the_wanted_versions(living_cluster: Target, node: NodePlan) -> None:
    """Every package of a node's role is installed at the version that the plan asks for."""
    assert unmet(living_cluster, node) == []


def test_addresses_are_on_their_networks(host: Host, node: NodePlan) -> None:
    """A node has its planned address on every network."""
    present = host.interface.names()
    shown = {address for name in present for address in host.interface(name).addresses}
    assert {str(address) for address in node.addresses.values()} <= shown


@pytest.mark.parametrize("service", ["corosync", "pacemaker", "ssh"])
def test_services_run_and_start_at_boot(host: Host, service: str) -> None:
    """A node that was fenced must come back by itself."""
    assert host.service(service).is_running
    assert host.service(service).is_enabled


def test_drbd_and_libvirt_guests_stay_out_of_pacemakers_way(host: Host) -> None:
    """Replicas and guests are started by Pacemaker and by nobody else."""
    assert not host.service("drbd").is_enabled
    assert not host.service("libvirt-guests").is_enabled


def test_secrets_are_readable_by_root_only(host: Host) -> None:
    """Corosync's and fencing's keys."""
    for path in ("/etc/corosync/authkey", "/etc/cluster/fence_xvm.key"):
        file = host.file(path)
        assert file.user == "root"
        assert file.mode & 0o077 == 0


def test_var_is_a_file_system_of_its_own(host: Host) -> None:
    """A full /var is not a full /."""
    assert host.mount_point("/var").exists


def test_both_rings_are_connected(host: Host) -> None:
    """Corosync sees every other node over each ring."""
    output = host.check_output("corosync-cfgtool -s")
    assert output.count("LINK ID") == len(RINGS)
    assert "disconnected" not in output


def test_a_node_holds_one_vote_of_three(host: Host) -> None:
    """Quorum is two of three; no node counts for more."""
    output = host.check_output("corosync-quorumtool -s")
    assert "Expected votes:   3" in output
    assert "Quorum:           2" in output
    assert "Flags:            Quorate" in output


def test_fencing_is_on_and_every_node_has_a_device(observed: Cluster) -> None:
    """Nothing is tested without fencing; no device runs on the node that it fences."""
    view = observed.status().view
    devices = {r.name: r.nodes for r in view.resources if r.name.startswith("fence-")}
    assert set(devices) == {f"fence-{node}" for node in observed.target.plan.nodes}
    for name, nodes in devices.items():
        assert nodes
        assert name.removeprefix("fence-") not in nodes
    setting = "crm_attribute --type crm_config --name stonith-enabled --query --quiet"
    assert observed.target.shell.check(observed.arbitrator, setting).strip() == "true"


def test_nodes_offer_real_kvm(living_cluster: Target) -> None:
    """kvm_amd or kvm_intel is loaded in both data nodes, and there is a device."""
    for node in living_cluster.plan.data_nodes:
        modules = living_cluster.shell.check(node, "lsmod; ls /dev/kvm")
        assert "kvm_amd" in modules or "kvm_intel" in modules


def test_guest_runs_under_kvm_on_its_preferred_node(observed: Cluster, guest: GuestPlan) -> None:
    """The guest's domain is of type kvm, where the plan prefers it to be."""
    home = observed.host_of(guest)
    assert home.name == guest.prefers
    xml = observed.target.shell.check(home, f"virsh -c qemu:///system dumpxml {guest}")
    assert "<domain type='kvm'" in xml


def test_guest_answers_under_its_own_name(living_cluster: Target, guest: GuestPlan) -> None:
    """No other guest can be taken for it."""
    assert serves(living_cluster.plan.guests[guest.name])


def test_guest_has_its_own_volume_and_replica(living_cluster: Target, guest: GuestPlan) -> None:
    """One logical volume and one DRBD device for each guest on each data node."""
    for node in living_cluster.plan.data_nodes:
        output = living_cluster.shell.check(node, f"lvs --reportformat json {VOLUME_GROUP}/{guest}")
        (volume,) = json.loads(output)["report"][0]["lv"]
        assert volume["lv_name"] == guest.name


def test_arbitrator_holds_no_replica_and_no_guest(living_cluster: Target) -> None:
    """It votes and fences."""
    arbitrator = living_cluster.plan.arbitrator
    assert arbitrator.role is Role.ARBITRATOR
    output = living_cluster.shell.check(arbitrator, "drbdsetup events2 --now; pgrep -c qemu; true")
    assert "exists resource" not in output
    assert output.strip().endswith("0")


def test_cluster_is_settled(observed: Cluster) -> None:
    """All online, one idle DC, replicas up to date, each guest once on its primary."""
    status = observed.status()
    assert settled(observed.target.plan).holds(status), str(status)
    assert not status.view.failures
    assert not status.view.fencings
