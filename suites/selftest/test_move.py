"""A planned move: a constraint that the arbitrator's command line creates and clears."""

from harness.faults.operations import Move
from harness.plan.load import load
from suites.selftest.fakes import FakeTarget

PLAN = load()
ALPHA, BRAVO = PLAN.data_nodes
MOVE = Move(PLAN.guests["web"], BRAVO, source=ALPHA)
LISTED = "cibadmin --query --scope constraints"


def test_a_move_is_made_and_cleared_on_the_arbitrator(target: FakeTarget) -> None:
    target.shell.answer("crm_resource")
    MOVE.inject(target)
    MOVE.lift(target)
    assert target.shell.asked == [
        ("arbiter", "crm_resource --resource web --move --node bravo"),
        ("arbiter", "crm_resource --resource web --clear"),
    ]


def test_a_move_hits_its_source_and_allows_no_fence() -> None:
    assert MOVE.name == "move of web to bravo"
    assert MOVE.victims == (ALPHA,)
    assert MOVE.may_be_fenced == ()
    assert MOVE.disturbs_guests


def test_a_move_is_in_force_while_its_constraint_exists(target: FakeTarget) -> None:
    constraint = '<rsc_location id="cli-prefer-web" rsc="web" node="bravo" score="INFINITY"/>'
    target.shell.answer(LISTED, constraint)
    assert MOVE.bites(target)
    assert not MOVE.gone(target)
    target.shell.answer(
        LISTED, '<rsc_location id="web-prefers" rsc="web" node="alpha" score="50"/>'
    )
    assert not MOVE.bites(target)
    assert MOVE.gone(target)
