"""The shutdown of a node: it bites from its beginning, and ends when the node is on again."""

import pytest

from harness.faults.shutdown import Shutdown
from harness.plan.load import load
from harness.waiting import Timeout
from suites.selftest.fakes import FakeTarget

HOST = load().data_nodes[0]
FAULT = Shutdown(HOST)


def test_it_bites_while_the_node_shuts_down_and_when_it_does_not_answer(
    target: FakeTarget,
) -> None:
    target.shell.answer("poweroff")
    FAULT.inject(target)
    target.shell.answer("list-jobs", code=1)
    assert FAULT.bites(target)
    target.shell.answer("list-jobs", code=0)
    assert not FAULT.bites(target)
    target.shell.silent.add(HOST.name)
    assert FAULT.bites(target)


def test_it_is_switched_on_as_soon_as_it_is_off(target: FakeTarget) -> None:
    target.power.power_off(HOST.name)
    assert not FAULT.gone(target)
    FAULT.lift(target)
    assert FAULT.gone(target)


@pytest.mark.usefixtures("clock")
def test_a_shutdown_that_does_not_end_is_named(target: FakeTarget) -> None:
    with pytest.raises(Timeout, match="alpha is off"):
        FAULT.lift(target)
