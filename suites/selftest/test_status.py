"""What the parsers make of real answers, captured from a cluster, whole or damaged on the way."""

import re
from pathlib import Path

import pytest

from harness.cluster.conditions import nothing_failed, settled
from harness.cluster.status import ClusterStatus
from harness.cluster.survey import VIEW as QUERY
from harness.cluster.survey import parse_pacemaker, parse_replicas, parse_survey
from harness.plan.plan import Plan
from harness.record.status import NodeStatus, Pacemaker, Replica, Resource

CAPTURED = Path(__file__).parent / "captured"
VIEW = (CAPTURED / "view-settled-arbiter.xml").read_text()
ALPHA = (CAPTURED / "survey-settled-alpha.txt").read_text()
MINORS = {1: "web", 2: "shop"}
GOOD = ("UpToDate", "Connected", "UpToDate")


def survey(name: str) -> NodeStatus:
    return parse_survey((CAPTURED / f"survey-settled-{name}.txt").read_text(), MINORS)


def test_a_data_node_tells_its_boot_replicas_and_guests() -> None:
    assert survey("alpha") == NodeStatus(
        boot="8988188c-f71f-4766-8b62-b2d679871411",
        replicas={"web": Replica("Primary", *GOOD), "shop": Replica("Secondary", *GOOD)},
        guests=("web",),
    )


def test_the_other_side_of_a_replica_set_mirrors_the_first() -> None:
    roles = {name: replica.role for name, replica in survey("bravo").replicas.items()}
    assert roles == {"web": "Secondary", "shop": "Primary"}


def test_the_arbitrator_has_no_replica_and_no_guest() -> None:
    told = survey("arbiter")
    assert (told.replicas, told.guests) == ({}, ())
    assert told.boot == "b7683b3b-1fd1-4a15-a67c-ddd9c5e27cb8"


def test_a_guest_is_told_once() -> None:
    assert survey("bravo").guests == ("shop",)


def test_a_settled_cluster_is_told_as_settled(plan: Plan) -> None:
    status = ClusterStatus({name: survey(name) for name in plan.nodes}, parse_pacemaker(VIEW))
    assert settled(plan).lacking(status) == []
    assert nothing_failed().holds(status)
    assert (status.running("web"), status.running("shop")) == (("alpha",), ("bravo",))


def test_the_view_tells_dc_quorum_and_members() -> None:
    view = parse_pacemaker(VIEW)
    assert (view.dc, view.quorate) == ("arbiter", True)
    assert sorted(view.members) == ["alpha", "arbiter", "bravo"]
    assert all(member.well for member in view.members.values())


def test_the_view_tells_every_instance_of_every_resource(plan: Plan) -> None:
    view = parse_pacemaker(VIEW)
    assert Resource("web", "Started", ("alpha",), failed=False, managed=True) in view.resources
    sides = {r.role: r.nodes for r in view.resources if r.name == "drbd-shop"}
    assert sides == {"Promoted": ("bravo",), "Unpromoted": ("alpha",)}
    assert [r.nodes for r in view.resources if r.name == "ping"] == [("alpha",), ("bravo",), ()]
    assert {f"fence-{name}" for name in plan.nodes} <= {r.name for r in view.resources}


def test_the_view_tells_bans_and_an_empty_memory() -> None:
    view = parse_pacemaker(VIEW)
    assert len(view.bans) == 10
    assert "web-not-on-arbitrator" in view.bans
    assert (view.fencings, view.failures) == ((), ())


@pytest.mark.parametrize(
    ("word", "other", "field"),
    [
        ('online="true"', 'online="false"', "online"),
        ('unclean="false"', 'unclean="true"', "unclean"),
        (' pending="false"', ' pending="true"', "pending"),
        ('standby="false"', 'standby="true"', "standby"),
        (' maintenance="false"', ' maintenance="true"', "maintenance"),
    ],
)
def test_each_flag_of_a_member_is_read(word: str, other: str, field: str) -> None:
    before, after = parse_pacemaker(VIEW), parse_pacemaker(VIEW.replace(word, other, 1))
    changed = getattr(after.members["alpha"], field)
    assert changed is not getattr(before.members["alpha"], field)
    assert after.members["bravo"] == before.members["bravo"]


@pytest.mark.parametrize(
    ("word", "other", "field", "value"),
    [
        ('failed="false"', 'failed="true"', "failed", True),
        ('blocked="false"', 'blocked="true"', "blocked", True),
        ('managed="true"', 'managed="false"', "managed", False),
        ('role="Started"', 'role="Starting"', "role", "Starting"),
        ('role="Started"', 'role="Started" pending="Monitoring"', "pending", "Monitoring"),
    ],
)
def test_each_state_of_a_resource_is_read(word: str, other: str, field: str, value: object) -> None:
    first, *_ = parse_pacemaker(VIEW.replace(word, other, 1)).resources
    assert getattr(first, field) == value


@pytest.mark.parametrize(
    ("word", "other", "quorate"),
    [
        ('with_quorum="true"', 'with_quorum="false"', False),
        ('present="true"', 'present="false"', False),
        ("with_quorum", "with_quorum", True),
    ],
)
def test_only_a_dc_with_quorum_is_quorate(word: str, other: str, quorate: bool) -> None:
    assert parse_pacemaker(VIEW.replace(word, other)).quorate is quorate


@pytest.mark.parametrize(
    ("text", "maintenance"),
    [
        (VIEW, False),
        (VIEW.replace('maintenance-mode="false"', 'maintenance-mode="true"'), True),
        (VIEW.replace('maintenance="false"', 'maintenance="true"'), False),
        (re.sub("<cluster_options.*?/>", "", VIEW), False),
    ],
    ids=["no", "yes", "of the nodes alone", "not told"],
)
def test_maintenance_mode_is_the_whole_clusters(text: str, maintenance: bool) -> None:
    assert parse_pacemaker(text).maintenance is maintenance


def test_what_is_asked_for_is_what_was_captured() -> None:
    request = re.search('request="([^"]+)"', VIEW)
    assert request is not None
    assert request[1] == QUERY


@pytest.mark.parametrize(
    "text",
    ["", "crm_mon: Connection to cluster failed: Connection refused", VIEW[:500], "<other/>"],
    ids=["nothing", "daemon down", "cut off", "something else"],
)
def test_what_is_no_view_reads_as_an_empty_one(text: str) -> None:
    assert parse_pacemaker(text) == Pacemaker()


def test_words_before_the_view_do_not_matter() -> None:
    assert parse_pacemaker(f"warning: something\n{VIEW}") == parse_pacemaker(VIEW)


@pytest.mark.parametrize(
    ("line", "replica"),
    [
        (
            "1: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----",
            Replica("Primary", "UpToDate", "WFConnection", "DUnknown"),
        ),
        (
            "1: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----",
            Replica("Secondary", "Inconsistent", "SyncTarget", "UpToDate"),
        ),
        ("1: cs:Unconfigured", Replica(connection="Unconfigured")),
    ],
    ids=["alone", "behind", "not set up"],
)
def test_a_replica_in_trouble_is_told_in_drbds_words(line: str, replica: Replica) -> None:
    """DRBD 8.4's own wording (user's guide, /proc/drbd); the others here are captured."""
    assert parse_replicas(line, MINORS) == {"web": replica}


def test_a_device_that_is_no_guests_is_left_out() -> None:
    assert list(parse_survey(ALPHA, {2: "shop"}).replicas) == ["shop"]


def test_a_node_that_says_nothing_has_nothing() -> None:
    assert parse_survey("", MINORS) == NodeStatus("", {}, ())
