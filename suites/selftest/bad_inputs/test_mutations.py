"""Whatever is written: it is read, and is then consistent, or one line says what is wrong.

Hypothesis makes the inputs, the same in every run.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.stack.component import load_stack
from harness.changes.change import BROKEN, Change, load_change
from harness.errors import InputError
from harness.judge import limits
from harness.judge.limits import FileLimits
from harness.lab.state import State
from harness.plan.load import load, parse_setting, resolve
from harness.plan.plan import Acceleration, Plan
from harness.plan.strict_yaml import content
from harness.record.events import EVENT, Closed
from harness.record.timeline import Damaged
from harness.record.timeline import read as read_record
from harness.runs.store import NoVerdict, read_verdict
from harness.target.inventory import load_inventory
from suites.selftest import records
from suites.selftest.plans import SHIPPED, as_yaml
from suites.selftest.records import opened
from suites.selftest.verdicts import HEALTHY

T = TypeVar("T")
LONGEST = timedelta(seconds=1)
thorough = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,40}", fullmatch=True) | TEXTS
NUMBERS = st.integers() | st.floats() | st.integers(-(10**6), 10**6)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS | st.dates()
SIGNS = st.text("{}[]:,-&*!|>'\"%@#? \nab01.~", max_size=200)
"""Of which YAML makes something."""
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def accepted(read: Callable[[], T]) -> T | None:
    """What is read; None when it is refused as it must be."""
    start = time.process_time()
    try:
        return read()
    except (InputError, NoVerdict, Damaged) as error:
        [line] = str(error).splitlines()
        assert line.isprintable()
        return None
    finally:
        assert time.process_time() - start < LONGEST.total_seconds()


@st.composite
def mutated(draw: st.DrawFn, raw: Any) -> Any:
    """That content with a few keys dropped, doubled under another name, or given other values."""
    found = deepcopy(raw)
    for _ in range(draw(st.integers(1, 3))):
        part = found
        while inner := [one for one in part.values() if isinstance(one, dict) and one]:
            if draw(st.booleans()):
                break
            part = draw(st.sampled_from(inner))
        _mutate(draw, part)
        if not found:
            break
    return found


def _mutate(draw: st.DrawFn, part: dict[str, Any]) -> None:
    key = draw(st.sampled_from(list(part)))
    how = draw(st.sampled_from(["drop", "double", "rename", "replace", "replace"]))
    if how in ("double", "rename"):
        part[draw(NAMES)] = deepcopy(part[key])
    if how in ("drop", "rename"):
        del part[key]
    if how == "replace":
        part[key] = draw(VALUES)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where files are written: one folder, since a test's own is not made anew for an example."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@thorough
@given(raw=mutated(SHIPPED))
def test_a_mutated_plan_is_refused_or_can_be_written_down(folder: Path, raw: Any) -> None:
    file = folder / "lab.yml"
    file.write_text(as_yaml(raw))
    plan = accepted(lambda: load(file))
    if plan is not None:
        resolve(plan, folder / "plan.json")
        assert load(folder / "plan.json") == plan
        assert plan.arbitrator.name not in {node.name for node in plan.data_nodes}
        assert all(guest.prefers in plan.nodes for guest in plan.guests.values())
        accepted(lambda: load_stack(plan.stack))


@thorough
@given(raw=mutated(content(limits.DEFAULT, FileLimits)), accel=st.sampled_from(Acceleration))
def test_mutated_objectives_are_refused_or_finite(
    folder: Path, raw: Any, accel: Acceleration
) -> None:
    file = folder / "objectives.yml"
    file.write_text(as_yaml(raw))
    objectives = accepted(lambda: limits.load(accel, file))
    if objectives is not None:
        for event in objectives.power_cut.hit.events_for("web"):
            assert "null" not in event.model_dump_json(exclude_none=True)


INVENTORY = {"key": "key", "nodes": {"alpha": "192.0.2.1", "bravo": "b.example", "arbiter": "c"}}


@thorough
@given(raw=mutated(INVENTORY))
def test_a_mutated_inventory_is_refused_or_names_each_node(
    plan: Plan, folder: Path, raw: Any
) -> None:
    (folder / "key").touch()
    file = folder / "site.yml"
    file.write_text(as_yaml(raw))
    inventory = accepted(lambda: load_inventory(file, plan))
    if inventory is not None:
        assert inventory.addresses.keys() == plan.nodes.keys()
        assert inventory.key.is_file()


@thorough
@given(raw=mutated(content(BROKEN / "stickiness-0.yml", Change)))
def test_a_mutated_change_is_refused_or_can_be_laid_over_the_plan(folder: Path, raw: Any) -> None:
    file = folder / "change.yml"
    file.write_text(as_yaml(raw))
    change = accepted(lambda: load_change(str(file)))
    if change is not None:
        accepted(lambda: load(changes={change.name: change.plan}))


@thorough
@given(text=st.binary(max_size=200) | SIGNS.map(str.encode))
def test_a_file_of_anything_is_refused_or_read(folder: Path, text: bytes) -> None:
    file = folder / "lab.yml"
    file.write_bytes(text)
    assert accepted(lambda: load(file)) is None


KEYS = st.sampled_from(["corosync.token_ms", "guests.web", "nodes", "drbd.protocol", "stack"])


@thorough
@given(text=TEXTS | st.builds("{}={}".format, KEYS | TEXTS, TEXTS | VALUES))
def test_a_setting_of_anything_is_refused_or_laid_over_the_plan(text: str) -> None:
    if accepted(lambda: parse_setting(text)) is not None:
        accepted(lambda: load(settings=[text]))


@thorough
@given(name=NAMES)
def test_a_labs_name_is_refused_or_a_folder_in_its_root(name: str) -> None:
    root = Path("/nowhere/labs")
    state = accepted(lambda: State(root, name))
    if state is not None:
        assert state.folder.resolve().parent == root
        assert state.folder != state.images


@thorough
@given(raw=mutated(HEALTHY))
def test_a_mutated_verdict_is_read_as_what_it_was_or_refused_in_one_line(
    folder: Path, raw: Any
) -> None:
    (folder / "verdict.json").write_text(json.dumps(raw, default=str))
    found = accepted(lambda: read_verdict(folder))
    if found is not None:
        assert found.model_dump(mode="json").keys() == HEALTHY.keys()


EVENTS = (opened(), records.fault(6, "alpha"), Closed(at_s=9))
LINES = [json.loads(EVENT.dump_json(event)) for event in EVENTS]


@thorough
@given(number=st.integers(0, 2), data=st.data())
def test_a_mutated_line_of_a_record_is_read_or_refused_in_one_line(
    folder: Path, number: int, data: st.DataObject
) -> None:
    lines = [*LINES[:number], data.draw(mutated(LINES[number])), *LINES[number + 1 :]]
    text = "".join(json.dumps(line, default=str) + "\n" for line in lines)
    (folder / "timeline.jsonl").write_text(text)
    record = accepted(lambda: read_record(folder / "timeline.jsonl"))
    if record is not None:
        assert len(record.events) == len(LINES)
