"""What the harness takes from a plan: roles, numbers, hardware addresses, a digest."""

import pytest
from pydantic import ValidationError

from harness.plan.plan import NETWORKS, Plan
from harness.plan.schema import FILE, schema


def test_two_nodes_hold_data_and_the_third_only_votes(plan: Plan) -> None:
    assert [node.name for node in plan.data_nodes] == ["alpha", "bravo"]
    assert plan.arbitrator.name == "arbiter"


def test_a_part_is_called_by_its_key(plan: Plan) -> None:
    assert [str(part) for part in plan.nodes.values()] == list(plan.nodes)
    assert [str(part) for part in plan.guests.values()] == list(plan.guests)


def test_nodes_are_numbered_in_the_order_of_the_plan(plan: Plan) -> None:
    assert plan.node_id == {"alpha": 1, "bravo": 2, "arbiter": 3}


def test_each_guest_has_its_own_device_and_port(plan: Plan) -> None:
    assert [guest.minor for guest in plan.guests.values()] == [1, 2]
    assert [guest.port for guest in plan.guests.values()] == [7789, 7790]
    assert [guest.mac[-5:] for guest in plan.guests.values()] == ["ff:01", "ff:02"]


def test_the_hypervisor_has_the_first_address_of_each_network(plan: Plan) -> None:
    assert [str(plan.gateway(name)) for name in NETWORKS] == ["10.77.0.1", "10.77.1.1", "10.77.2.1"]


def test_a_card_tells_its_network_and_node(plan: Plan) -> None:
    assert plan.mac(plan.arbitrator, "lan") == "52:54:00:77:02:03"


def test_no_two_cards_share_a_hardware_address(plan: Plan) -> None:
    cards = [plan.mac(node, name) for node in plan.nodes.values() for name in NETWORKS]
    assert len(set(cards)) == len(cards) == 9


@pytest.mark.parametrize(
    "change", [{"release": "bookworm"}, {"guest_disk_mib": 513}, {"guests": {}}], ids=str
)
def test_the_digest_changes_with_any_part(plan: Plan, change: dict[str, object]) -> None:
    assert plan.model_copy(update=change).digest != plan.digest


def test_the_digest_is_the_same_for_the_same_plan(plan: Plan) -> None:
    assert plan.model_copy().digest == plan.digest
    assert len(plan.digest) == 16


def test_a_plan_cannot_be_changed_after_reading(plan: Plan) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        plan.release = "bookworm"


def test_the_published_schema_is_that_of_the_plan() -> None:
    """Else `python -m harness.plan.schema` writes it anew."""
    assert FILE.read_text() == schema()
