"""A kernel crash is over when the node has booted anew, by itself or with its power."""

import pytest

from harness.faults.kernel import KernelCrash
from harness.plan.load import load
from harness.target.shell import ShellError
from suites.selftest.fakes import FakeClock, FakeTarget

PLAN = load()
VICTIM = PLAN.data_nodes[0]
PANIC = KernelCrash(VICTIM, "panic")
EXISTS, ABSENT, TRIGGER = r"^test -e", r"^! test -e", "sysrq-trigger"


@pytest.mark.parametrize(("how", "key"), [("panic", "c"), ("reset", "b")])
def test_it_is_triggered_after_the_answer(target: FakeTarget, how: str, key: str) -> None:
    target.shell.answer(TRIGGER)
    KernelCrash(VICTIM, how).inject(target)  # type: ignore[arg-type]
    [(node, command)] = target.shell.asked
    assert node == VICTIM.name
    assert f"sleep 0.5; echo {key} > /proc/sysrq-trigger" in command


def test_a_node_that_cannot_crash_is_named(target: FakeTarget) -> None:
    target.shell.answer(TRIGGER, code=1, stderr="read-only")
    with pytest.raises(ShellError, match="read-only"):
        PANIC.inject(target)


@pytest.mark.parametrize(
    ("silent", "mark", "bites", "gone"),
    [(True, False, True, False), (False, True, False, False), (False, False, True, True)],
    ids=["hangs", "has not crashed", "has booted"],
)
def test_what_it_is_seen_by(
    target: FakeTarget, silent: bool, mark: bool, bites: bool, gone: bool
) -> None:
    target.shell.answer(EXISTS, code=0 if mark else 1)
    if silent:
        target.shell.silent.add(VICTIM.name)
    assert (PANIC.bites(target), PANIC.gone(target)) == (bites, gone)


@pytest.mark.usefixtures("clock")
def test_a_node_that_was_not_fenced_gets_its_power_anew(target: FakeTarget) -> None:
    changes: list[tuple[str, str]] = []

    def note(node: str, change: str) -> None:
        changes.append((node, change))
        if change == "started":
            target.shell.silent.clear()

    target.power.subscribe(note)
    target.shell.silent.add(VICTIM.name)
    target.shell.answer(ABSENT)
    PANIC.lift(target)
    assert changes == [("alpha", "stopped"), ("alpha", "started")]


@pytest.mark.parametrize("boots_for_s", [0, 30])
def test_a_node_that_has_booted_or_still_boots_keeps_its_power(
    target: FakeTarget, clock: FakeClock, boots_for_s: float
) -> None:
    target.shell.answer(ABSENT)
    if boots_for_s:
        target.shell.silent.add(VICTIM.name)
        clock.after(boots_for_s, target.shell.silent.clear)
    target.power.subscribe(lambda *_: pytest.fail("its power was changed"))
    PANIC.lift(target)
