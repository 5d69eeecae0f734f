"""The end is asked for until it is as the beginning, or time is up."""

import pytest

from harness.errors import LabError
from harness.observe.final_state import FinalState
from harness.record.events import Blind, CopiesCompared, Failure
from harness.record.timeline import Timeline
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeClock
from suites.selftest.final_state.observed import (
    BANNED,
    LEFT,
    QUERY,
    blind,
    configurations,
    start,
    traces,
)
from suites.selftest.node_answers import node_answer


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
    lab.shell.answer(QUERY, node_answer(changed), on=where)
    clock.after(6, lambda: lab.shell.answer(QUERY, node_answer(), on=where))
    begin_s = clock.now_s
    started.collect()
    assert 6 <= clock.now_s - begin_s < 10
    assert configurations(timeline, "end") == configurations(timeline, "beginning")
    assert traces(timeline, "end") == traces(timeline, "beginning")


def test_what_stays_changed_is_noted_as_it_was_last(
    started: FinalState, lab: FakeLab, timeline: Timeline, clock: FakeClock
) -> None:
    lab.shell.answer(QUERY, node_answer(BANNED))
    clock.after(6, lambda: lab.shell.answer(QUERY, node_answer({**BANNED, **LEFT}), on="bravo"))
    begin_s = clock.now_s
    started.collect()
    assert 20 <= clock.now_s - begin_s < 24
    assert all("cli-ban-web-on-alpha" in e for e in configurations(timeline, "end").values())
    assert traces(timeline, "end")["bravo"] == ("file /core",)
    assert len(configurations(timeline, "end")) == 3


def test_a_trace_that_has_gone_is_not_waited_for(
    lab: FakeLab, timeline: Timeline, clock: FakeClock
) -> None:
    lab.shell.answer(QUERY, node_answer(LEFT))
    observer = start(lab, timeline)
    lab.shell.answer(QUERY, node_answer())
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
    lab.shell.answer(QUERY, node_answer(BANNED), on="bravo")
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
