"""A fault's undo is owed before it is injected; its bite and its end are proved, on record."""

import pytest

from harness.errors import ClusterError, Invalid
from harness.faults.inject import Injector
from harness.plan.plan import Plan
from harness.record.events import FaultInjecting, FaultStep, PowerChange
from harness.record.timeline import Timeline
from harness.target.target import Capability, Unsupported
from suites.selftest.fake_fault import FakeExpiry, FakeFault, as_json
from suites.selftest.fakes import FakeClock, FakeTarget


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def inject(target: FakeTarget, timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> Injector:
    monkeypatch.setattr("harness.faults.inject.Expiry", FakeExpiry)
    monkeypatch.setattr("harness.faults.inject.as_json", as_json)
    return Injector(target, timeline, ready=lambda: None)


@pytest.fixture
def fault(plan: Plan) -> FakeFault:
    return FakeFault(plan.data_nodes[:1])


def steps(timeline: Timeline) -> list[tuple[str, str]]:
    return [(event.fault, event.step) for event in timeline.of(FaultStep)]


def of_fault(*names: str) -> list[tuple[str, str]]:
    return [("fault", name) for name in names]


def test_a_passing_body_lifts_the_fault_at_once(
    inject: Injector, fault: FakeFault, timeline: Timeline
) -> None:
    with inject(fault):
        assert fault.done == ["expiry", "inject"]
        assert steps(timeline) == of_fault("bites")
    assert fault.done == ["expiry", "inject", "lift", "cancel", "gone?"]
    assert steps(timeline) == of_fault("bites", "still bites", "lifted", "gone")


def test_the_fault_is_on_record_with_its_victims_before_it_does_harm(
    inject: Injector, fault: FakeFault, timeline: Timeline, plan: Plan
) -> None:
    """Else what it does at once would come before it, and be nobody's."""
    known: list[bool] = []
    fault.victims, fault.may_be_fenced = plan.data_nodes, plan.data_nodes[1:]
    fault.disturbs_guests = False
    fault.at_injection = lambda: known.append(timeline.knows(FaultInjecting))
    with inject(fault):
        pass
    [event] = timeline.of(FaultInjecting)
    assert known == [True]
    assert (event.fault, event.victims, event.may_be_fenced) == (
        *("fault", ("alpha", "bravo"), ("bravo",)),
    )
    assert event.disturbs_guests is False


def test_nothing_is_done_before_all_is_ready(
    target: FakeTarget, fault: FakeFault, timeline: Timeline
) -> None:
    def refuse() -> None:
        raise ClusterError("web takes no writes")

    inject = Injector(target, timeline, ready=refuse)
    with pytest.raises(ClusterError, match=r"^web takes no writes$"), inject(fault):
        pytest.fail("the body must not run")
    inject.close()
    assert fault.done == []
    assert not timeline.knows(FaultInjecting)


def test_it_is_asked_for_readiness_before_each_fault(
    target: FakeTarget, fault: FakeFault, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.faults.inject.Expiry", FakeExpiry)
    monkeypatch.setattr("harness.faults.inject.as_json", as_json)
    asked: list[int] = []
    inject = Injector(
        target, timeline, ready=lambda: asked.append(len(timeline.of(FaultInjecting)))
    )
    for _ in range(2):
        with inject(fault):
            pass
    assert asked == [0, 1]


def test_a_failing_body_leaves_the_fault_until_it_is_closed(
    inject: Injector, fault: FakeFault, timeline: Timeline
) -> None:
    with pytest.raises(ZeroDivisionError), inject(fault):
        raise ZeroDivisionError
    assert fault.there
    assert steps(timeline) == of_fault("bites")
    inject.close()
    assert not fault.there
    assert steps(timeline) == of_fault("bites", "lifted")


def test_a_fault_that_ends_with_a_boot_has_ended_when_its_victim_was_fenced(
    inject: Injector, fault: FakeFault, timeline: Timeline, plan: Plan
) -> None:
    fault.ends_with_boot = True
    with inject(fault):
        fault.there = False
        timeline.note(PowerChange(node=plan.data_nodes[0].name, change="stopped"))
    assert steps(timeline) == of_fault("bites", "ended", "lifted", "gone")
    [event] = timeline.of(FaultInjecting)
    assert event.ends_with_boot


@pytest.mark.parametrize(
    ("ends", "changes"),
    [(False, [("alpha", "stopped")]), (True, []), (True, [("bravo", "stopped")]),
     (True, [("alpha", "suspended")])],
    ids=["one that survives a boot", "nobody fenced", "another fenced", "only suspended"],
)  # fmt: skip
def test_any_other_fault_must_still_bite(
    inject: Injector,
    fault: FakeFault,
    timeline: Timeline,
    ends: bool,
    changes: list[tuple[str, str]],
) -> None:
    fault.ends_with_boot = ends

    def end() -> None:
        fault.there = False
        for node, change in changes:
            timeline.note(PowerChange(node=node, change=change))

    timeline.note(PowerChange(node="alpha", change="stopped"))  # before the fault
    with pytest.raises(Invalid, match="fault still bites"), inject(fault):
        end()


def test_a_fault_is_lifted_once_only(inject: Injector, fault: FakeFault) -> None:
    with inject(fault):
        pass
    inject.close()
    inject.close()
    assert fault.done.count("lift") == 1


def test_the_undo_is_owed_even_if_injecting_breaks(inject: Injector, fault: FakeFault) -> None:
    fault.breaks_at = "inject"
    with pytest.raises(OSError, match="inject went wrong"), inject(fault):
        pytest.fail("the body must not run")
    inject.close()
    assert fault.done == ["expiry", "inject", "lift", "cancel"]


@pytest.mark.usefixtures("clock")
def test_a_fault_that_does_not_bite_makes_no_honest_test(
    inject: Injector, fault: FakeFault, timeline: Timeline
) -> None:
    fault.takes_hold = False
    with pytest.raises(Invalid, match=r"^no honest test: not in 10 s: fault bites"), inject(fault):
        pytest.fail("the body must not run")
    assert timeline.knows(FaultInjecting)
    assert steps(timeline) == []
    inject.close()
    assert "lift" in fault.done


def test_a_fault_that_ended_by_itself_makes_no_honest_test(
    inject: Injector, fault: FakeFault, timeline: Timeline, clock: FakeClock
) -> None:
    """Asked once: one that comes and goes did not bite all the time either."""
    begin_s = clock.now_s
    with (
        pytest.raises(Invalid, match=r"^no honest test: not in 0 s: fault still bites"),
        inject(fault),
    ):
        fault.late_answers = [False, True, True]
    assert clock.now_s == begin_s
    assert "lift" not in fault.done
    inject.close()
    assert steps(timeline) == of_fault("bites", "lifted")


@pytest.mark.usefixtures("clock")
def test_a_fault_that_does_not_go_away_makes_no_honest_test(
    inject: Injector, fault: FakeFault, timeline: Timeline
) -> None:
    fault.heals = False
    with pytest.raises(Invalid, match=r"^no honest test: not in 60 s: fault gone"), inject(fault):
        pass
    assert steps(timeline) == of_fault("bites", "still bites", "lifted")


def test_a_bite_may_take_a_moment(inject: Injector, fault: FakeFault, clock: FakeClock) -> None:
    begin_s = clock.now_s
    fault.late_answers = [False, False, True]
    with inject(fault):
        assert clock.now_s - begin_s == 1.0


def test_a_fault_that_cannot_be_lifted_keeps_its_expiry_and_is_tried_again(
    inject: Injector, fault: FakeFault, timeline: Timeline
) -> None:
    fault.breaks_at = "lift"
    with pytest.raises(OSError, match="lift went wrong"), inject(fault):
        pass
    assert "cancel" not in fault.done
    assert ("fault", "lifted") not in steps(timeline)
    fault.breaks_at = ""
    inject.close()
    assert fault.done[-2:] == ["lift", "cancel"]


def test_faults_are_lifted_the_last_one_first(
    inject: Injector, fault: FakeFault, timeline: Timeline
) -> None:
    other = FakeFault(fault.victims, name="other")
    with pytest.raises(ZeroDivisionError), inject(fault), inject(other):
        raise ZeroDivisionError
    inject.close()
    assert steps(timeline)[2:] == [("other", "lifted"), ("fault", "lifted")]


def test_one_fault_that_stays_does_not_keep_the_others(inject: Injector, fault: FakeFault) -> None:
    stubborn = FakeFault(fault.victims, name="stubborn", breaks_at="lift")
    with pytest.raises(ZeroDivisionError), inject(fault), inject(stubborn):
        raise ZeroDivisionError
    with pytest.raises(OSError, match="lift went wrong"):
        inject.close()
    assert not fault.there


def test_a_target_that_cannot_do_it_is_left_alone(
    inject: Injector, target: FakeTarget, fault: FakeFault, timeline: Timeline
) -> None:
    """Neither an expiry nor the record knows of it."""
    target.capabilities = frozenset({Capability.LINKS, Capability.HOST})
    refused = r"^fault needs power; this target offers host, links$"
    with pytest.raises(Unsupported, match=refused), inject(fault):
        pass
    assert fault.done == []
    assert timeline.of(FaultInjecting) == []


def test_after_a_fault_a_lack_makes_the_test_invalid_and_hides_nothing(
    inject: Injector, target: FakeTarget, fault: FakeFault
) -> None:
    other = FakeFault(fault.victims, name="other")
    with inject(fault):
        target.capabilities = frozenset()
        with pytest.raises(Invalid) as refused, inject(other):
            pass
    assert type(refused.value) is Invalid
    assert str(refused.value) == "other needs power; this target offers SSH alone"
    assert other.done == []


def test_the_same_fault_has_a_number_when_it_is_injected_again(
    inject: Injector, fault: FakeFault, timeline: Timeline
) -> None:
    for _ in range(2):
        with inject(fault):
            pass
    assert [event.fault for event in timeline.of(FaultInjecting)] == ["fault", "fault (2)"]
    assert steps(timeline)[4:] == [
        ("fault (2)", step) for step in ("bites", "still bites", "lifted", "gone")
    ]
