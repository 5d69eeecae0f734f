"""A change is read strictly, and only what a living cluster can take is a change of it."""

from pathlib import Path

import pytest

from fixtures.stack.component import load_stack
from harness.changes.change import BROKEN, CHANGES, check_sections, load_change
from harness.judge.invariants.catalogue import CATALOGUE
from harness.plan.load import load
from harness.plan.plan import Plan

SHIPPED = sorted(file.stem for file in CHANGES.rglob("*.yml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_each_shipped_change_can_be_laid_over_the_plan(name: str, plan: Plan) -> None:
    change = load_change(name)
    assert change.name == name
    check_sections([change], [s for one in load_stack(plan.stack) for s in one.reads])
    scripts = (change.nodes, change.data_nodes, change.arbitrator)
    assert load(changes={name: change.plan}) != plan or any(scripts)
    assert set(change.breaks) <= {invariant.number for invariant in CATALOGUE}


@pytest.mark.parametrize("file", sorted(BROKEN.glob("*.yml")), ids=lambda file: file.stem)
def test_each_broken_cluster_names_the_test_that_finds_it(file: Path) -> None:
    change = load_change(file.stem)
    assert Path(change.test[0].partition("::")[0]).exists()


def test_a_change_may_be_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "slow.yml"
    file.write_text("title: slow\ndata_nodes: tc qdisc add dev eth1 root netem delay 1ms\n")
    change = load_change(str(file))
    assert (change.name, change.title, change.plan) == ("slow", "slow", {})
    assert change.data_nodes.startswith("tc qdisc")
