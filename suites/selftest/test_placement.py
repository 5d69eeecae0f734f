"""I10: a guest that runs where it may not turns a real record red; a torn look does not."""

from harness.judge.invariants.placement import never_on_arbitrator, only_on_its_primary
from harness.record.timeline import Event
from suites.selftest.records import amid, look, recorded, unseen

STRAY = [look(t, "alpha", runs="web", primary="") for t in (230.1, 230.4)]
EVIDENCE = "I10: web ran on alpha at 230.1 s, its replica there not primary"


def survey(at_s: float, node: str, *guests: str) -> Event:
    return Event(at_s, "survey", "status", {"node": node, "guests": guests, "replicas": {}})


def test_a_guest_without_its_primary_is_a_violation_and_told_once() -> None:
    stays = look(230.6, "alpha", runs="web", primary="")
    doctored = amid(recorded(), *STRAY, stays)
    assert [str(violation) for violation in only_on_its_primary(doctored)] == [EVIDENCE]


def test_another_replica_set_that_is_primary_there_does_not_count() -> None:
    beside = [look(t, "alpha", runs="web", primary="shop") for t in (230.1, 230.4)]
    assert [str(found) for found in only_on_its_primary(beside)] == [EVIDENCE]


def test_one_look_alone_is_torn() -> None:
    assert only_on_its_primary(amid(recorded(), STRAY[0])) == []
    healthy = look(230.2, "alpha", runs="web")
    assert only_on_its_primary([STRAY[0], healthy, STRAY[1]]) == []


def test_looks_of_two_lives_or_across_a_gap_are_not_in_a_row() -> None:
    anew = look(230.4, "alpha", runs="web", primary="", boot="2")
    assert only_on_its_primary([STRAY[0], anew]) == []
    assert only_on_its_primary([STRAY[0], unseen(230.2, "alpha"), STRAY[1]]) == []


def test_looks_at_another_node_do_not_part_a_row() -> None:
    assert len(only_on_its_primary([STRAY[0], look(230.2, "bravo"), STRAY[1]])) == 1


def test_a_guest_on_the_arbitrator_is_a_violation() -> None:
    doctored = amid(recorded(), survey(120, "arbiter", "web"), survey(125, "arbiter", "web"))
    assert [str(violation) for violation in never_on_arbitrator(doctored)] == [
        "I10: web ran on arbiter at 120.0 s, which holds no replica"
    ]


def test_a_node_is_the_arbitrator_only_if_others_are_watched() -> None:
    assert never_on_arbitrator([survey(1, "alpha", "web")]) == []
    unwatched = [unseen(0, "alpha"), look(0, "bravo"), survey(1, "alpha", "web")]
    assert never_on_arbitrator(unwatched) == []
