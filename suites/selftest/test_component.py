"""The stack is built in its order; each part is verified before one that needs it."""

from collections.abc import Callable

import pytest

from fixtures.stack.component import Component, build, digest, load_stack
from harness.errors import InputError, LabError
from harness.lab.lab import Lab
from harness.plan.load import load
from harness.plan.plan import Plan
from suites.selftest.fake_lab import FakeLab


@pytest.fixture
def done() -> list[str]:
    """What was done, in order."""
    return []


def noting(done: list[str], what: str) -> Callable[[Lab], None]:
    return lambda _: done.append(what)


def part(done: list[str], name: str, *after: str) -> Component:
    install, verify = noting(done, f"install {name}"), noting(done, f"verify {name}")
    return Component(name, f"the {name}", install, verify, after=after)


def test_a_part_is_verified_as_late_as_it_can_be(lab: FakeLab, done: list[str]) -> None:
    build(lab, [part(done, "a"), part(done, "b"), part(done, "c", "a"), part(done, "d", "a", "c")])
    assert done == [
        *("install a", "install b"),
        *("verify a", "install c"),
        *("verify c", "install d"),
        *("verify b", "verify d"),
    ]


def test_what_is_needed_and_not_built_was_there_before(lab: FakeLab, done: list[str]) -> None:
    """As where a change asks for a part of the stack only."""
    build(lab, [part(done, "d", "a", "c")])
    assert done == ["install d", "verify d"]


def test_a_part_that_is_not_there_ends_it(lab: FakeLab, done: list[str]) -> None:
    def refuse(_: Lab) -> None:
        raise LabError("bravo lacks a volume")

    ill = Component("a", "a", noting(done, "install a"), refuse)
    with pytest.raises(LabError, match="bravo lacks a volume"):
        build(lab, [ill, part(done, "b", "a")])
    assert done == ["install a"]


def test_the_shipped_stack_is_whole(plan: Plan) -> None:
    stack = load_stack(plan.stack)
    assert [component.name for component in stack] == plan.stack
    sections = {section for component in stack for section in component.reads}
    assert sections <= set(Plan.model_fields)


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["zfs"], "stack: zfs: no such component"),
        (["component"], "stack: component: no such component"),
        (["packages", "drbd"], "stack: drbd: needs network; write that before it"),
    ],
)
def test_a_list_that_cannot_be_built_is_refused(names: list[str], why: str) -> None:
    with pytest.raises(InputError, match=f"^{why}"):
        load_stack(names)


@pytest.mark.parametrize(
    ("setting", "changed"),
    [
        ("corosync.token_ms=1000", ["membership"]),
        ("pacemaker.resource_stickiness=0", ["resources"]),
        ("guest_disk.cache=unsafe", ["guests"]),
        ("drbd.protocol=A", ["drbd"]),
        ("timings.tcg.ping_dampen_s=5", ["drbd", "resources"]),
        ("guest_disk_mib=600", []),
    ],
)
def test_a_part_knows_what_of_the_plan_it_takes_anew(
    plan: Plan, setting: str, changed: list[str]
) -> None:
    now = load(settings=[setting])
    stack = load_stack(plan.stack)
    assert [one.name for one in stack if one.is_changed(plan, now)] == changed


def test_the_stack_has_a_digest_of_its_code_and_templates() -> None:
    assert digest() == digest()
    assert len(digest()) == 12
