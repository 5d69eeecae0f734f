"""Doctored records turn each invariant red; healthy ones leave it green."""

from collections.abc import Callable

import pytest

from harness.judge.invariants import (
    ALWAYS,
    Violation,
    guest_never_twice,
    leftovers,
    never_two_primaries,
    unexpected_fencing,
)
from harness.timeline import Event

Look = dict[str, str | None]
"""What a survey saw: a node's guest, `-` for none, None when the node did not answer."""


def record(*looks: tuple[float, Look]) -> list[Event]:
    """A timeline in which a guest runs where its replica is primary."""
    return [_event(at_s, name, seen) for at_s, look in looks for name, seen in look.items()]


def _event(at_s: float, name: str, seen: str | None) -> Event:
    if seen is None:
        return Event(at_s, "survey", "blind", {"node": name, "blind": "no power"})
    role = "Secondary" if seen == "-" else "Primary"
    guests = () if seen == "-" else (seen,)
    detail = {"node": name, "guests": guests, "replicas": {"web": {"role": role}}}
    return Event(at_s, "survey", "status", detail)


BOTH = pytest.mark.parametrize("invariant", ALWAYS, ids=lambda i: i.__name__)
Invariant = Callable[[list[Event]], list[Violation]]


@BOTH
@pytest.mark.parametrize(
    "looks",
    [
        [],
        [(0.0, {"alpha": "web", "bravo": "-"}), (2.0, {"alpha": "web", "bravo": "-"})],
        [
            (0.0, {"alpha": "web", "bravo": "-"}),
            (2.0, {"alpha": "-", "bravo": "-"}),
            (4.0, {"alpha": "-", "bravo": "web"}),
        ],
        [(0.0, {"alpha": "web", "bravo": "-"}), (2.0, {"alpha": "-", "bravo": "web"})],
        [
            (0.0, {"alpha": "web", "bravo": "-"}),
            (2.0, {"alpha": None, "bravo": "web"}),
            (4.0, {"alpha": "-", "bravo": "web"}),
        ],
    ],
    ids=["nothing seen", "nothing moves", "move", "move between two looks", "power cut"],
)
def test_a_healthy_record_is_clean(invariant: Invariant, looks: list[tuple[float, Look]]) -> None:
    assert invariant(record(*looks)) == []


@BOTH
@pytest.mark.parametrize(
    "looks",
    [
        [(4.0, {"alpha": "web", "bravo": "web"})],
        [(0.0, {"alpha": "web"}), (4.0, {"bravo": "web"}), (6.0, {"alpha": "web"})],
        [(0.0, {"alpha": "web"}), (4.0, {"bravo": "web"}), (4.0, {"alpha": "web"})],
        [
            (0.0, {"alpha": "web", "bravo": "-"}),
            (2.0, {"alpha": None, "bravo": "-"}),
            (4.0, {"alpha": "web", "bravo": "web"}),
        ],
    ],
    ids=["one look", "one span over another", "spans that touch", "back from blindness"],
)
def test_two_at_one_time_are_a_violation(
    invariant: Invariant, looks: list[tuple[float, Look]]
) -> None:
    found = invariant(record(*looks))
    assert [violation.evidence[-8:] for violation in found] == ["at 4.0 s"]


def test_nobody_knows_what_a_blind_node_did() -> None:
    looks: list[tuple[float, Look]] = [
        (0.0, {"alpha": "web", "bravo": "-"}),
        (2.0, {"alpha": None, "bravo": "web"}),
        (4.0, {"alpha": None, "bravo": "-"}),
        (6.0, {"alpha": "web", "bravo": "-"}),
    ]
    assert guest_never_twice(record(*looks)) == []


def test_other_events_of_a_record_do_not_matter() -> None:
    seen = record((0.0, {"alpha": "web", "bravo": "-"}), (2.0, {"alpha": "-", "bravo": "web"}))
    others = [Event(1.0, "probe", "sample", {"guest": "web"}), Event(1.0, "fault", "bites")]
    assert guest_never_twice(sorted([*seen, *others], key=lambda event: event.at_s)) == []


def test_the_evidence_names_guest_and_nodes() -> None:
    doctored = record((4.0, {"alpha": "web", "bravo": "web"}))
    said = [str(violation) for invariant in ALWAYS for violation in invariant(doctored)]
    assert said == [
        "I1: web ran on alpha and bravo at 4.0 s",
        "I2: web was primary on alpha and bravo at 4.0 s",
    ]


def test_a_guest_may_run_beside_another() -> None:
    assert guest_never_twice(record((0.0, {"alpha": "web", "bravo": "shop"}))) == []


def test_a_guest_that_ran_and_a_primary_are_looked_for_apart() -> None:
    doctored = record((0.0, {"alpha": "web", "bravo": "web"}))
    for event in doctored:
        event.detail["guests"] = ()
    assert guest_never_twice(doctored) == []
    assert len(never_two_primaries(doctored)) == 1


@pytest.mark.parametrize("made", ["cli-ban-web-on-alpha", "drbd-fence-by-handler-web-drbd-web"])
def test_a_constraint_that_a_tool_made_is_a_leftover(made: str) -> None:
    assert leftovers([made], []) == [Violation("I8", f"left behind: {made}")]


def test_a_constraint_of_the_configuration_is_no_leftover() -> None:
    assert leftovers(["web-not-on-arbitrator", "web-prefers-cli-"], []) == []


def test_a_failed_action_is_a_leftover() -> None:
    failed = "web_monitor_10000 on alpha: not running"
    assert leftovers([], [failed]) == [Violation("I8", f"left behind: {failed}")]


@pytest.mark.parametrize(
    ("fencings", "found"),
    [
        ([], []),
        ([("alpha", "success")], []),
        ([("alpha", "failed"), ("alpha", "success")], []),
        ([("bravo", "failed")], []),
        ([("bravo", "success")], ["I6: bravo was fenced, nobody meant it"]),
        ([("alpha", "success")] * 2, ["I6: alpha was fenced 2 times"]),
    ],
    ids=["nobody", "the victim", "at the second try", "not done", "somebody else", "twice"],
)
def test_only_the_victim_may_be_fenced_and_only_once(
    fencings: list[tuple[str, str]], found: list[str]
) -> None:
    assert [str(violation) for violation in unexpected_fencing(fencings, ["alpha"])] == found
