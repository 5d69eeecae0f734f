"""Whatever a guest or a node is called: its name is refused, or Pacemaker's ids stay apart."""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any, cast

from lxml import etree

from fixtures.stack.templating import render
from harness.lab.lab import Lab
from harness.plan.consistency import inconsistencies
from harness.plan.plan import Acceleration, Plan
from harness.plan.strict_yaml import checked
from suites.selftest.plans import SHIPPED

PARTS = [
    *("drbd", "fence", "ping", "cib", "options", "clone", "meta", "settings", "prefers", "start"),
    *("stop", "monitor", "elsewhere", "web"),
]
"""Of the ids that the template makes, and a name like any other."""
NAMES = [*PARTS, *map("-".join, product(PARTS, PARTS))]
WORDS = {"fence_address": "10.77.0.1", "fence_key": "/key", "ping_target": "10.77.2.1"}


def ids(plan: Plan) -> Counter[str]:
    """The ids in Pacemaker's configuration for that plan."""
    lab = SimpleNamespace(plan=plan, timings=plan.timings[Acceleration.TCG])
    names: dict[str, Any] = {**WORDS, "elected": {}}
    cib = etree.fromstring(render(cast(Lab, lab), "cib.xml", **names).encode())
    return Counter(str(part.get("id")) for part in cib.iter() if part.get("id"))


def with_name(kind: str, name: str) -> Plan | None:
    """The plan with one guest, or with a node, of that name; None when the name is refused."""
    guest = {"n": SHIPPED["guests"]["web"]}
    raw = {**SHIPPED, "guests": guest}
    if kind == "guests":
        raw["guests"] = {name: guest["n"]}
    else:
        alpha, bravo, arbiter = SHIPPED["nodes"].items()
        raw["nodes"] = dict([alpha, bravo, (name, arbiter[1])])
    plan = checked(raw, Plan, source="names")
    return None if inconsistencies(plan) else plan


def owned() -> Iterator[tuple[str, str, str]]:
    """Each id that a name makes, with the name and its kind."""
    for kind in ("guests", "nodes"):
        plan = with_name(kind, "other")
        assert plan is not None
        for name in NAMES:
            if plan_of_name := with_name(kind, name):
                yield from ((made, kind, name) for made in ids(plan_of_name) - ids(plan))


def test_no_two_names_make_one_id() -> None:
    owners: dict[str, set[tuple[str, str]]] = {}
    for made, kind, name in owned():
        owners.setdefault(made, set()).add((kind, name))
    assert len(owners) > len(PARTS)
    same = {made: found for made, found in owners.items() if len({n for _, n in found}) > 1}
    assert same == {}


def test_no_name_makes_an_id_that_is_there_already() -> None:
    for kind, name in product(("guests", "nodes"), NAMES):
        if plan := with_name(kind, name):
            assert max(ids(plan).values()) == 1
