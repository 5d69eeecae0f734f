"""A fault's undo is owed before it is injected; its bite and its end are proved."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from harness.errors import Invalid
from harness.faults.inject import Injector
from harness.plan import NodePlan
from harness.record.timeline import Timeline
from suites.selftest.fakes import FakeClock, FakeLab


@dataclass
class FakeFault:
    """Keeps what was done to it; each step may be told to go wrong."""

    node: NodePlan
    name: str = "fault"
    breaks_at: str = ""
    bite: bool = True
    heals: bool = True
    done: list[str] = field(default_factory=list)
    there: bool = False

    def inject(self, lab: FakeLab) -> None:
        self._do("inject")
        self.there = self.bite

    def bites(self, lab: FakeLab) -> bool:
        return self.there

    def gone(self, lab: FakeLab) -> bool:
        return not self.there

    def lift(self, lab: FakeLab) -> None:
        self._do("lift")
        self.there = self.there and not self.heals

    def _do(self, step: str) -> None:
        self.done.append(step)
        if step == self.breaks_at:
            raise OSError(f"{step} went wrong")

    def __str__(self) -> str:
        return self.name


class FakeExpiry:
    """Notes in the fault's own list when the expiry is promised and when it is cancelled."""

    def __init__(self, lab: FakeLab, fault: FakeFault) -> None:
        self._done = fault.done
        self._done.append("expiry")

    def cancel(self) -> None:
        self._done.append("cancel")


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def inject(lab: FakeLab, timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> Injector:
    monkeypatch.setattr("harness.faults.inject.Expiry", FakeExpiry)
    return Injector(lab, timeline, ready=lambda: timeline.note("harness", "ready"))


@pytest.fixture
def fault(lab: FakeLab) -> FakeFault:
    return FakeFault(lab.plan.data_nodes[0])


def kinds(timeline: Timeline) -> list[str]:
    return [event.kind for event in timeline.events()]


def test_a_passing_body_lifts_the_fault_at_once(
    inject: Injector, fault: FakeFault, timeline: Timeline
) -> None:
    with inject(fault):
        assert fault.done == ["expiry", "inject"]
        assert kinds(timeline) == ["ready", "injecting", "bites"]
    assert fault.done == ["expiry", "inject", "lift", "cancel"]
    assert kinds(timeline) == ["ready", "injecting", "bites", "lifted"]


def test_a_failing_body_leaves_the_fault_until_it_is_closed(
    inject: Injector, fault: FakeFault, timeline: Timeline
) -> None:
    with pytest.raises(ZeroDivisionError), inject(fault):
        raise ZeroDivisionError
    assert fault.there
    assert "lifted" not in kinds(timeline)
    inject.close()
    assert not fault.there
    assert kinds(timeline)[-1] == "lifted"


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
    inject: Injector, fault: FakeFault
) -> None:
    fault.bite = False
    with pytest.raises(Invalid, match=r"^no honest test: not in 10 s: fault bites"), inject(fault):
        pytest.fail("the body must not run")
    inject.close()
    assert "lift" in fault.done


@pytest.mark.usefixtures("clock")
def test_a_fault_that_does_not_go_away_makes_no_honest_test(
    inject: Injector, fault: FakeFault
) -> None:
    fault.heals = False
    with (
        pytest.raises(Invalid, match=r"^no honest test: not in 60 s: fault is gone"),
        inject(fault),
    ):
        pass


def test_a_bite_may_take_a_moment(inject: Injector, fault: FakeFault, clock: FakeClock) -> None:
    begin, answers = clock.now_s, iter([False, False, True, False])
    fault.bites = lambda _: next(answers)
    with inject(fault):
        assert clock.now_s - begin == timedelta(seconds=1).total_seconds()


def test_a_fault_that_cannot_be_lifted_keeps_its_expiry_and_is_tried_again(
    inject: Injector, fault: FakeFault
) -> None:
    fault.breaks_at = "lift"
    with pytest.raises(OSError, match="lift went wrong"), inject(fault):
        pass
    assert "cancel" not in fault.done
    fault.breaks_at = ""
    inject.close()
    assert fault.done[-2:] == ["lift", "cancel"]


def test_faults_are_lifted_the_last_one_first(
    inject: Injector, fault: FakeFault, timeline: Timeline
) -> None:
    other = FakeFault(fault.node, "other")
    with pytest.raises(ZeroDivisionError), inject(fault), inject(other):
        raise ZeroDivisionError
    inject.close()
    assert [event.detail["fault"] for event in timeline.events("lifted")] == ["other", "fault"]


def test_one_fault_that_stays_does_not_keep_the_others(inject: Injector, fault: FakeFault) -> None:
    stubborn = FakeFault(fault.node, "stubborn", breaks_at="lift")
    with pytest.raises(ZeroDivisionError), inject(fault), inject(stubborn):
        raise ZeroDivisionError
    with pytest.raises(OSError, match="lift went wrong"):
        inject.close()
    assert not fault.there


def test_the_injector_knows_what_it_injected(inject: Injector, fault: FakeFault) -> None:
    with inject(fault):
        pass
    assert inject.injected == [fault]
