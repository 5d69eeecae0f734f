"""The final state: asked for until it is as at the beginning, or time is up, and then on record."""

import pytest

from harness.cluster.node_state import parse_node_state
from harness.errors import LabError
from harness.lab.state import State
from harness.observe.final_state import FinalState
from harness.plan.plan import Plan
from harness.record.events import (
    Blind,
    Configuration,
    CopiesCompared,
    Event,
    Failure,
    Moment,
    Recovered,
    Traces,
)
from harness.record.timeline import Timeline
from suites.selftest.fakes import FakeClock, FakeLab, FakeShell
from suites.selftest.lab_files import lab_with_disks, save_checkpoint
from suites.selftest.node_answers import cib, node_answer

ASKED = "cibadmin"
BAN = '<rsc_location id="cli-ban-web-on-alpha" rsc="web" node="alpha" score="-INFINITY"/>'
BANNED = cib("<constraints>", f"<constraints>{BAN}")
LEFT = {"others": "file /core"}


@pytest.fixture(autouse=True)
def _clock(clock: FakeClock) -> None:
    """Nothing here waits for real."""


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def lab(plan: Plan, state: State, shell: FakeShell) -> FakeLab:
    """Every node answers, nothing is left behind on it, and the copies of its disks are equal."""
    shell.answer(ASKED, node_answer())
    return lab_with_disks(plan, state, shell)


@pytest.fixture
def started(lab: FakeLab, timeline: Timeline) -> FinalState:
    """It has seen the beginning, and the cluster has recovered."""
    return start(lab, timeline)


def start(lab: FakeLab, timeline: Timeline) -> FinalState:
    observer = FinalState(lab, timeline)
    observer.start()
    observer.before_fault()
    observer.stop()
    timeline.note(Recovered())
    return observer


def configurations(timeline: Timeline, moment: Moment) -> dict[str, dict[str, str]]:
    return {e.node: e.elements for e in timeline.of(Configuration) if e.moment == moment}


def traces(timeline: Timeline, moment: Moment) -> dict[str, tuple[str, ...]]:
    return {e.node: e.found for e in timeline.of(Traces) if e.moment == moment}


def blind(timeline: Timeline) -> dict[str, str]:
    assert {e.observer for e in timeline.of(Blind)} <= {"final_state"}
    return {e.part: e.reason for e in timeline.of(Blind)}


def questions(lab: FakeLab) -> list[str]:
    """Nodes that were asked for their state, in order."""
    return [node for node, command in lab.shell.asked if ASKED in command]


def test_it_is_an_observer_that_may_see_nothing_for_a_minute(
    lab: FakeLab, timeline: Timeline
) -> None:
    observer = FinalState(lab, timeline)
    assert (observer.name, observer.watching.longest_hole_s) == ("final_state", 60)


# The beginning.


def test_the_beginning_of_every_node_is_noted(lab: FakeLab, timeline: Timeline) -> None:
    lab.shell.answer(ASKED, node_answer(LEFT), on="bravo")
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
    lab.shell.answer(ASKED, node_answer(LEFT))
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
    assert "alpha" not in questions(lab)


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
    lab.shell.answer(ASKED, answer, on="arbiter")
    FinalState(lab, timeline).start()
    assert set(configurations(timeline, "beginning")) == {"alpha", "bravo"}
    assert set(traces(timeline, "beginning")) == {"alpha", "bravo"}
    assert reason in blind(timeline)["arbiter"]


def test_a_question_that_fails_is_blindness(lab: FakeLab, timeline: Timeline) -> None:
    lab.shell.answer(ASKED, node_answer(), code=127, stderr="no shell", on="arbiter")
    FinalState(lab, timeline).start()
    assert blind(timeline)["arbiter"].endswith("ended with 127: no shell")


# The end.


def test_without_a_recovery_there_is_no_end(lab: FakeLab, timeline: Timeline) -> None:
    observer = FinalState(lab, timeline)
    observer.start()
    asked = len(lab.shell.asked)
    observer.collect()
    assert len(lab.shell.asked) == asked
    assert configurations(timeline, "end") == {}
    assert not timeline.knows(CopiesCompared)


def test_an_end_as_the_beginning_is_noted_at_once(
    started: FinalState, timeline: Timeline, clock: FakeClock
) -> None:
    begin_s = clock.now_s
    started.collect()
    assert clock.now_s == begin_s
    assert configurations(timeline, "end") == configurations(timeline, "beginning")
    assert traces(timeline, "end") == traces(timeline, "beginning")
    assert timeline.knows(CopiesCompared)
    assert not timeline.knows(Blind)


@pytest.mark.parametrize("changed", [BANNED, LEFT, {"files": "1  /etc/drbd.conf"}])
@pytest.mark.parametrize("where", ["arbiter", None])
def test_a_change_on_its_way_is_waited_for(
    started: FinalState,
    lab: FakeLab,
    timeline: Timeline,
    clock: FakeClock,
    changed: dict[str, str],
    where: str | None,
) -> None:
    lab.shell.answer(ASKED, node_answer(changed), on=where)
    clock.after(6, lambda: lab.shell.answer(ASKED, node_answer(), on=where))
    begin_s = clock.now_s
    started.collect()
    assert 6 <= clock.now_s - begin_s < 10
    assert configurations(timeline, "end") == configurations(timeline, "beginning")
    assert traces(timeline, "end") == traces(timeline, "beginning")


def test_what_stays_changed_is_noted_as_it_was_last(
    started: FinalState, lab: FakeLab, timeline: Timeline, clock: FakeClock
) -> None:
    lab.shell.answer(ASKED, node_answer(BANNED))
    clock.after(6, lambda: lab.shell.answer(ASKED, node_answer({**BANNED, **LEFT}), on="bravo"))
    begin_s = clock.now_s
    started.collect()
    assert 20 <= clock.now_s - begin_s < 24
    assert all("cli-ban-web-on-alpha" in e for e in configurations(timeline, "end").values())
    assert traces(timeline, "end")["bravo"] == ("file /core",)
    assert len(configurations(timeline, "end")) == 3


def test_a_trace_that_has_gone_is_not_waited_for(
    lab: FakeLab, timeline: Timeline, clock: FakeClock
) -> None:
    lab.shell.answer(ASKED, node_answer(LEFT))
    observer = start(lab, timeline)
    lab.shell.answer(ASKED, node_answer())
    begin_s = clock.now_s
    observer.collect()
    assert clock.now_s == begin_s
    assert traces(timeline, "end") == dict.fromkeys(lab.plan.nodes, ())


def test_nodes_that_differ_are_waited_for_though_nobody_knows_how_they_began(
    lab: FakeLab, timeline: Timeline, clock: FakeClock
) -> None:
    lab.shell.silent.update(lab.plan.nodes)
    observer = start(lab, timeline)
    lab.shell.silent.clear()
    lab.shell.answer(ASKED, node_answer(BANNED), on="bravo")
    begin_s = clock.now_s
    observer.collect()
    assert clock.now_s - begin_s >= 20
    assert set(configurations(timeline, "end")) == {"alpha", "bravo", "arbiter"}


def test_a_node_that_answers_late_is_seen(
    started: FinalState, lab: FakeLab, timeline: Timeline, clock: FakeClock
) -> None:
    lab.shell.silent.add("alpha")
    clock.after(6, lab.shell.silent.clear)
    started.collect()
    assert "alpha" in configurations(timeline, "end")
    assert not timeline.knows(Blind)


def test_a_node_that_does_not_answer_in_the_end_hides_no_other(
    started: FinalState, lab: FakeLab, timeline: Timeline
) -> None:
    lab.shell.silent.add("arbiter")
    started.collect()
    assert set(configurations(timeline, "end")) == {"alpha", "bravo"}
    assert set(blind(timeline)) == {"arbiter"}
    assert timeline.knows(CopiesCompared)


def test_a_lab_that_ended_is_the_labs_failure(
    started: FinalState, lab: FakeLab, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_running(_: str) -> bool:
        raise LabError("the lab has ended")

    monkeypatch.setattr(lab.hypervisor, "is_running", is_running)
    started.collect()
    assert [e.reason for e in timeline.of(Failure)] == [
        "the final state cannot be seen: the lab has ended"
    ]
