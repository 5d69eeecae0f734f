"""A change is read strictly, and only what a living cluster can take is a change of it."""

from pathlib import Path

import pytest

from fixtures.stack.component import load_stack
from harness.changes.change import CHANGES, Change, check_sections, load_change
from harness.errors import InputError
from harness.judge.invariants.catalogue import CATALOGUE
from harness.plan.load import load
from harness.plan.plan import Plan

SHIPPED = sorted(file.stem for file in CHANGES.glob("*.yml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_each_shipped_change_can_be_laid_over_the_plan(name: str, plan: Plan) -> None:
    change = load_change(name)
    assert change.name == name
    check_sections([change], [s for one in load_stack(plan.stack) for s in one.reads])
    assert load(changes={name: change.plan}) != plan
    assert set(change.breaks) <= {invariant.number for invariant in CATALOGUE}


def test_a_change_may_be_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "slow.yml"
    file.write_text("title: slow\ndata_nodes: tc qdisc add dev eth1 root netem delay 1ms\n")
    change = load_change(str(file))
    assert (change.name, change.title, change.plan) == ("slow", "slow", {})
    assert change.data_nodes.startswith("tc qdisc")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "",
            f"empty, write a mapping with the keys {', '.join(Change.model_fields)}",
        ),
        ("plan: {}\n", "title: missing, write what is different, in a few words"),
        ("title: ''\n", "title: found '', write what is different"),
        ("title: a\nplan: 3\n", "plan: found 3, write keys of the plan with other values"),
        ("title: a\nnode: ls\n", "node: unknown key, write nodes"),
        ("title: a\nbreaks: I5\n", "breaks: found 'I5', write invariants, as [I5]"),
    ],
)
def test_a_mistake_in_it_is_one_line(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "a.yml"
    file.write_text(text)
    with pytest.raises(InputError) as refused:
        load_change(str(file))
    [line] = str(refused.value).splitlines()
    assert line.startswith(f"{file}: {why}")


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError) as refused:
        load_change("token-2000")
    known = ", ".join(SHIPPED)
    assert str(refused.value) == f"--change token-2000: unknown, write one of {known} or a path"


def test_what_a_living_cluster_cannot_take_is_refused_with_the_way_out() -> None:
    change = Change(title="more disk", plan={"drbd": {}, "guest_disk_mib": 600})
    with pytest.raises(InputError) as refused:
        check_sections([change], ["drbd", "corosync"])
    [line] = str(refused.value).splitlines()
    assert "plan.guest_disk_mib: no change of a living cluster" in line
    assert "it can take corosync, drbd; use --profile or --set" in line
