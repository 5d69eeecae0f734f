"""Pacemaker's configuration, filled with the shipped plan, in the form that Pacemaker stores."""

import re
from collections import Counter

import pytest
from lxml import etree

from fixtures.stack.resources import written_at_election
from fixtures.stack.templating import render
from harness.plan.plan import Acceleration, Plan
from suites.selftest.fake_lab import FakeLab


@pytest.fixture(params=Acceleration)
def lab(request: pytest.FixtureRequest, lab: FakeLab) -> FakeLab:
    """A lab of each acceleration."""
    lab.accel = request.param
    return lab


@pytest.fixture
def cib(lab: FakeLab) -> etree._Element:
    names: dict[str, object] = {
        "fence_address": "10.77.0.1",
        "fence_key": "/key",
        "ping_target": "10.77.2.1",
    }
    names |= {"elected": {"dc-version": "2.1.5", "stonith-enabled": "false"}}
    return etree.fromstring(render(lab, "cib.xml", **names).encode())


def settings(part: etree._Element, kind: str = "instance_attributes") -> dict[str, str]:
    pairs = part.iterfind(f"{kind}/nvpair")
    return {str(pair.get("name")): str(pair.get("value")) for pair in pairs}


def find(cib: etree._Element, part: str, name: str) -> etree._Element:
    found = cib.find(f".//{part}[@id='{name}']")
    assert found is not None
    return found


def test_no_id_is_given_twice(cib: etree._Element) -> None:
    uses = Counter(part.get("id") for part in cib.iter() if part.get("id"))
    assert [name for name, count in uses.items() if count > 1] == []


def test_what_is_constrained_is_there(cib: etree._Element) -> None:
    there = {part.get("id") for part in cib.iterfind("resources//*")}
    constraints = cib.findall("constraints/*")
    named = [c.get(key) for c in constraints for key in ("rsc", "with-rsc", "first", "then")]
    assert {name for name in named if name} <= there


def test_what_an_elected_controller_wrote_is_kept() -> None:
    crm_config = """<crm_config><cluster_property_set id="cib-bootstrap-options">
      <nvpair id="cib-bootstrap-options-dc-version" name="dc-version" value="2.1.5-a3f44794f94"/>
      <nvpair id="cib-bootstrap-options-stonith-enabled" name="stonith-enabled" value="false"/>
      <nvpair id="cib-bootstrap-options-dc-deadtime" name="dc-deadtime" value="2s"/>
    </cluster_property_set></crm_config>"""
    assert written_at_election(crm_config) == {"dc-version": "2.1.5-a3f44794f94"}
    assert written_at_election("<crm_config/>") == {}


def test_the_options_are_those_of_the_set_that_a_controller_writes(cib: etree._Element) -> None:
    options = find(cib, "cluster_property_set", "cib-bootstrap-options")
    names = [option.get("name") for option in options]
    assert names[:2] == ["dc-version", "stonith-enabled"]


def test_every_node_can_be_fenced_and_never_by_itself(cib: etree._Element, plan: Plan) -> None:
    assert find(cib, "nvpair", "cib-bootstrap-options-stonith-enabled").get("value") == "true"
    for name in plan.nodes:
        device = find(cib, "primitive", f"fence-{name}")
        assert device.get("class") == "stonith"
        assert settings(device)["pcmk_host_list"] == name
        place = find(cib, "rsc_location", f"fence-{name}-elsewhere")
        assert [place.get(key) for key in ("rsc", "node", "score")] == [
            f"fence-{name}",
            name,
            "-INFINITY",
        ]


def test_without_quorum_everything_stops(cib: etree._Element) -> None:
    assert find(cib, "nvpair", "cib-bootstrap-options-no-quorum-policy").get("value") == "stop"


def test_a_lost_ping_target_stops_nothing(cib: etree._Element, plan: Plan) -> None:
    rules = cib.findall(".//rule")
    assert len(rules) == len(plan.guests)
    for rule in rules:
        assert (rule.get("role"), rule.get("score")) == ("Promoted", "-1000")
        asked = [(e.get("attribute"), e.get("operation")) for e in rule]
        assert asked == [("pingd", "lt")]


def test_the_arbitrator_holds_no_replica_and_runs_no_guest(cib: etree._Element, plan: Plan) -> None:
    places = cib.findall(f".//rsc_location[@node='{plan.arbitrator}'][@score='-INFINITY']")
    banned = {place.get("rsc") for place in places}
    assert banned >= {"ping-clone", *plan.guests, *(f"drbd-{name}-clone" for name in plan.guests)}


def test_a_guest_prefers_its_node_less_than_it_likes_to_stay(
    cib: etree._Element, plan: Plan
) -> None:
    [defaults] = cib.findall("rsc_defaults")
    stay = int(settings(defaults, "meta_attributes")["resource-stickiness"])
    for name, guest in plan.guests.items():
        place = find(cib, "rsc_location", f"{name}-prefers")
        assert (place.get("rsc"), place.get("node")) == (name, guest.prefers)
        assert 0 < int(str(place.get("score"))) < stay


def test_a_guest_follows_its_primary(cib: etree._Element, plan: Plan) -> None:
    for name in plan.guests:
        near = find(cib, "rsc_colocation", f"{name}-on-primary").attrib
        after = find(cib, "rsc_order", f"{name}-after-promote").attrib
        clone = f"drbd-{name}-clone"
        assert (near["rsc"], near["with-rsc"], near["with-rsc-role"]) == (name, clone, "Promoted")
        assert near["score"] == "INFINITY"
        assert (after["first"], after["first-action"]) == (clone, "promote")
        assert (after["then"], after["then-action"], after["kind"]) == (name, "start", "Mandatory")


def test_a_replica_set_has_two_sides_and_one_primary(cib: etree._Element, plan: Plan) -> None:
    for name in plan.guests:
        known = settings(find(cib, "clone", f"drbd-{name}-clone"), "meta_attributes")
        wanted = {"promotable": "true", "promoted-max": "1", "clone-max": "2", "notify": "true"}
        assert known.items() >= wanted.items()


def test_every_operation_has_a_limit_in_whole_seconds(cib: etree._Element) -> None:
    operations = cib.findall(".//op")
    assert operations
    for operation in operations:
        assert re.fullmatch(r"[1-9]\d*s", str(operation.get("timeout")))
        assert re.fullmatch(r"\d+s", str(operation.get("interval")))


def test_limits_are_what_the_agents_advise_times_the_scale(
    lab: FakeLab, cib: etree._Element
) -> None:
    advised = 90 * lab.timings.agent_scale
    assert find(cib, "op", "web-start").get("timeout") == f"{advised:.0f}s"


def test_intervals_are_what_the_agents_advise_times_their_own_scale(
    lab: FakeLab, cib: etree._Element
) -> None:
    advised = 10 * lab.timings.monitor_scale
    assert find(cib, "op", "web-monitor").get("interval") == f"{advised:.0f}s"


def test_the_profiles_own_limits_are_in_force(lab: FakeLab, cib: etree._Element) -> None:
    wanted = f"{lab.timings.stonith_timeout_s}s"
    assert find(cib, "nvpair", "cib-bootstrap-options-stonith-timeout").get("value") == wanted
    assert settings(find(cib, "primitive", "ping"))["dampen"] == f"{lab.timings.ping_dampen_s}s"
