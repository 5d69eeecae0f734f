"""A cluster of one's own: its inventory, its nodes over SSH, and what it does not offer."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from harness.plan.plan import Acceleration, Plan
from harness.target.inventory import Inventory, load_inventory
from harness.target.own_cluster import OwnCluster
from harness.target.target import Capability, Target, Unsupported, require

NODES = """
  alpha: 192.0.2.11
  bravo: bravo.example.net
  arbiter: 192.0.2.13
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "key").touch()
    return tmp_path / "inventory.yml"


def test_an_inventory_names_the_key_and_each_node(file: Path, plan: Plan) -> None:
    """A relative key lies beside the inventory."""
    file.write_text(f"key: key\nnodes:{NODES}")
    inventory = load_inventory(file, plan)
    assert inventory.key == file.parent / "key"
    assert inventory.addresses["bravo"] == "bravo.example.net"


@pytest.fixture
def cluster(plan: Plan, tmp_path: Path) -> OwnCluster:
    inventory = Inventory(tmp_path / "key", {"alpha": "192.0.2.11"})
    return OwnCluster(plan, inventory, tmp_path)


def test_it_is_a_target_that_offers_ssh_alone(cluster: OwnCluster, plan: Plan) -> None:
    target: Target = cluster
    with pytest.raises(Unsupported, match=r"^a test needs power; this target offers SSH alone$"):
        require(target, {Capability.POWER}, "a test")
    assert target.gone is None
    assert target.timings == plan.timings[Acceleration.KVM]


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda target: target.power, "power"),
        (lambda target: target.links, "links"),
        (lambda target: target.baseline, "baseline"),
        (lambda target: target.host, "host"),
        (lambda target: target.run_later(("expire",), after=timedelta()), "quorate expire"),
    ],
)
def test_what_it_does_not_offer_is_said(
    cluster: OwnCluster, ask: Callable[[Target], object], what: str
) -> None:
    with pytest.raises(Unsupported, match=what):
        ask(cluster)


def test_no_node_is_known_to_be_off(cluster: OwnCluster) -> None:
    assert not any(map(cluster.is_off, cluster.plan.nodes.values()))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (b'<nvpair id="a" name="password" value="hunter2"/>', b'value="[secret]"'),
        (b'<nvpair name="SNMP_Secret" id="b" value="hunter2"/>', b'value="[secret]"'),
        (b'<nvpair name="ipaddr" value="192.0.2.9"/>', b'value="192.0.2.9"'),
        (b'<nvpair name="passive" value="yes"/>', b'value="yes"'),
    ],
)
def test_what_looks_like_a_secret_is_not_kept(
    cluster: OwnCluster, text: bytes, kept: bytes
) -> None:
    assert kept in cluster.redact(text)
    assert b"hunter2" not in cluster.redact(text)
