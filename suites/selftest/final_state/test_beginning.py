"""The beginning of every node is asked for once, and noted."""

import pytest

from harness.cluster.node_state import parse_node_state
from harness.observe.final_state import FinalState
from harness.record.events import Configuration, Event
from harness.record.timeline import Timeline
from suites.selftest.fake_lab import FakeLab
from suites.selftest.final_state.observed import (
    LEFT,
    QUERY,
    blind,
    configurations,
    queried_nodes,
    traces,
)
from suites.selftest.lab_files import save_checkpoint
from suites.selftest.node_answers import node_answer


def test_it_is_an_observer_that_may_see_nothing_for_a_minute(
    lab: FakeLab, timeline: Timeline
) -> None:
    observer = FinalState(lab, timeline)
    assert (observer.name, observer.watching.longest_hole_s) == ("final_state", 60)


def test_the_beginning_of_every_node_is_noted(lab: FakeLab, timeline: Timeline) -> None:
    lab.shell.answer(QUERY, node_answer(LEFT), on="bravo")
    FinalState(lab, timeline).start()
    state = parse_node_state("alpha", node_answer())
    assert configurations(timeline, "beginning") == dict.fromkeys(lab.plan.nodes, state.elements)
    assert [e.files for e in timeline.of(Configuration)] == [state.files] * 3
    assert traces(timeline, "beginning") == {"alpha": (), "bravo": ("file /core",), "arbiter": ()}


def test_each_node_is_asked_once_by_one_command(lab: FakeLab, timeline: Timeline) -> None:
    FinalState(lab, timeline).start()
    assert sorted(node for node, _ in lab.shell.asked) == ["alpha", "arbiter", "bravo"]


def test_the_beginning_is_asked_for_once_in_the_life_of_a_checkpoint(
    lab: FakeLab, timeline: Timeline
) -> None:
    save_checkpoint(lab, "one")
    first = Timeline()
    FinalState(lab, first).start()
    lab.shell.silent.update(lab.plan.nodes)
    FinalState(lab, timeline).start()
    assert without_times(timeline) == without_times(first)
    assert len(configurations(timeline, "beginning")) == 3


def without_times(timeline: Timeline) -> list[dict[str, object]]:
    return [event.model_dump(exclude={"at_s"}) for event in timeline.of(Event)]


def test_of_another_checkpoint_it_is_asked_for_anew(lab: FakeLab, timeline: Timeline) -> None:
    save_checkpoint(lab, "one")
    FinalState(lab, Timeline()).start()
    save_checkpoint(lab, "two")
    lab.shell.answer(QUERY, node_answer(LEFT))
    FinalState(lab, timeline).start()
    assert set(traces(timeline, "beginning").values()) == {("file /core",)}


def test_a_beginning_of_which_a_part_was_not_seen_is_never_stored(
    lab: FakeLab, timeline: Timeline
) -> None:
    save_checkpoint(lab, "one")
    lab.shell.silent.add("bravo")
    FinalState(lab, timeline).start()
    assert blind(timeline) == {"bravo": "bravo: does not answer (it is a fake)"}
    assert set(configurations(timeline, "beginning")) == {"alpha", "arbiter"}
    lab.shell.silent.clear()
    again = Timeline()
    FinalState(lab, again).start()
    assert len(configurations(again, "beginning")) == 3
    assert blind(again) == {}


def test_a_node_without_power_is_not_asked(lab: FakeLab, timeline: Timeline) -> None:
    lab.hypervisor.powered["alpha"] = False
    FinalState(lab, timeline).start()
    assert blind(timeline) == {"alpha": "alpha: no power"}
    assert "alpha" not in queried_nodes(lab)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (node_answer({"cib": ""}), "its CIB is no XML"),
        (node_answer(whole=False), "cut short"),
        (node_answer({"failed: cibadmin ended with 102": ""}), "cibadmin ended with 102"),
    ],
)
def test_an_unreadable_answer_is_blindness_never_an_empty_configuration(
    lab: FakeLab, timeline: Timeline, answer: str, reason: str
) -> None:
    lab.shell.answer(QUERY, answer, on="arbiter")
    FinalState(lab, timeline).start()
    assert set(configurations(timeline, "beginning")) == {"alpha", "bravo"}
    assert set(traces(timeline, "beginning")) == {"alpha", "bravo"}
    assert reason in blind(timeline)["arbiter"]


def test_a_question_that_fails_is_blindness(lab: FakeLab, timeline: Timeline) -> None:
    lab.shell.answer(QUERY, node_answer(), code=127, stderr="no shell", on="arbiter")
    FinalState(lab, timeline).start()
    assert blind(timeline)["arbiter"].endswith("ended with 127: no shell")
