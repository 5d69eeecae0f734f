"""The split brain: who is written, when it bites, and whose data is discarded."""

import pytest

from harness.faults.split_brain import SplitBrain
from harness.plan.load import load
from suites.selftest.fakes import FakeTarget

PLAN = load()
HOST, PEER = PLAN.data_nodes
FAULT = SplitBrain(PLAN.guests["web"], HOST, PEER)


def commands(target: FakeTarget, words: str) -> list[str]:
    return [node for node, command in target.shell.asked if words in command]


def test_both_replicas_are_written_while_they_are_apart(target: FakeTarget) -> None:
    target.shell.answer("")
    FAULT.inject(target)
    assert commands(target, "destroy web") == [HOST.name]
    for step in ("drbdadm disconnect web", "of=/dev/drbd", "drbdadm adjust web"):
        assert commands(target, step) == [HOST.name, PEER.name]


@pytest.mark.parametrize("connected", [True, False])
def test_it_bites_while_the_replicas_are_apart(target: FakeTarget, connected: bool) -> None:
    target.shell.answer("StandAlone|WFConnection", code=int(connected))
    target.shell.answer("Connected|Sync", code=int(not connected))
    assert FAULT.bites(target) is not connected
    assert FAULT.gone(target) is connected


def test_the_data_of_the_loser_is_discarded(target: FakeTarget) -> None:
    target.shell.answer("")
    target.shell.answer("Connected", code=1)
    FAULT.lift(target)
    assert commands(target, "--discard-my-data web") == [PEER.name]
    assert commands(target, "|| drbdadm connect web") == [HOST.name]
    assert commands(target, "--refresh --resource web") == [PLAN.arbitrator.name]


def test_nothing_is_discarded_without_a_split_brain(target: FakeTarget) -> None:
    target.shell.answer("Connected")
    FAULT.lift(target)
    assert not commands(target, "discard")
