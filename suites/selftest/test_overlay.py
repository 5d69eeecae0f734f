"""The plan that is used: the reference plan, with profiles and settings laid over it."""

from pathlib import Path

import pytest

from harness.errors import InputError
from harness.plan.load import DEFAULT_RELEASE, load, merge, parse_setting, resolve
from harness.plan.plan import Plan, Role
from suites.selftest.plans import write_yaml


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    file = tmp_path / "site.yml"
    write_yaml(file, {"corosync": {"token_ms": 1500}, "guests": {"blog": BLOG}})
    return file


BLOG = {"prefers": "bravo", "address": "10.77.2.23", "memory_mib": 128}


def refusal(**given: object) -> str:
    with pytest.raises(InputError) as refused:
        load(**given)  # type: ignore[arg-type]
    [line] = str(refused.value).splitlines()
    return line


def test_a_profile_replaces_values_and_adds_parts(profile: Path, plan: Plan) -> None:
    site = load(profiles=[str(profile)])
    assert site.corosync == plan.corosync.model_copy(update={"token_ms": 1500})
    assert list(site.guests) == ["web", "shop", "blog"]
    assert site.guests["blog"].minor == 3
    assert site.nodes == plan.nodes


def test_a_setting_lies_over_a_profile(profile: Path) -> None:
    settings = ["corosync.token_ms=1000", "guest_disk.cache=unsafe", "drbd.protocol=A"]
    site = load(profiles=[str(profile)], settings=settings)
    assert (site.corosync.token_ms, site.guest_disk.cache, site.drbd.protocol) == (
        *(1000, "unsafe", "A"),
    )


def test_changes_lie_between_them() -> None:
    changes = {"quick": {"corosync": {"token_ms": 1200, "two_node": True}}}
    site = load(changes=changes, settings=["corosync.token_ms=1000"])
    assert (site.corosync.token_ms, site.corosync.two_node) == (1000, True)


def test_a_profile_of_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.yml").touch()
    assert f"{tmp_path}/empty.yml: empty" in refusal(profiles=[str(tmp_path / "empty.yml")])


def test_the_resolved_plan_is_read_back_as_the_same(tmp_path: Path, profile: Path) -> None:
    site = load(profiles=[str(profile)], settings=["timings.tcg.agent_scale=2"])
    resolve(site, tmp_path / "plan.json")
    again = load(tmp_path / "plan.json")
    assert again == site
    assert again.digest == site.digest
    assert [path.name for path in tmp_path.iterdir() if "plan" in path.name] == ["plan.json"]


def test_a_laid_over_mapping_leaves_both_as_they_were() -> None:
    below, above = {"a": {"b": 1, "c": [1]}}, {"a": {"c": [2]}, "d": {}}
    assert merge(below, above) == {"a": {"b": 1, "c": [2]}, "d": {}}
    assert (below, above) == ({"a": {"b": 1, "c": [1]}}, {"a": {"c": [2]}, "d": {}})


@pytest.mark.parametrize(
    ("text", "overlay"),
    [
        ("a=1", {"a": 1}),
        ("a.b=1.5", {"a": {"b": 1.5}}),
        ("a.b=true", {"a": {"b": True}}),
        ("a=yes", {"a": "yes"}),
        ("a=1:30", {"a": "1:30"}),
        ("a=", {"a": None}),
        ("a={b: 1}", {"a": {"b": 1}}),
        ("a=b=c", {"a": "b=c"}),
    ],
)
def test_the_value_of_a_setting_is_read_as_in_a_file(text: str, overlay: dict[str, object]) -> None:
    assert parse_setting(text) == overlay


def test_a_plan_without_a_release_gets_the_default_one(plan: Plan) -> None:
    assert load() == load(profiles=[DEFAULT_RELEASE]) == plan
    assert plan.release == "trixie"


def test_a_profile_may_bring_another_release(tmp_path: Path) -> None:
    file = tmp_path / "next.yml"
    write_yaml(file, {"release": "bookworm", "packages": {"data": {"corosync": "3.2.*"}}})
    with pytest.raises(InputError, match=r"packages\.arbitrator: missing"):
        load(profiles=[str(file)])
    chosen = load(profiles=[DEFAULT_RELEASE, str(file)])
    assert chosen.release == "bookworm"
    assert chosen.packages[Role.DATA]["corosync"] == "3.2.*"
    assert "pacemaker" in chosen.packages[Role.DATA]
