"""A failover is split at what was seen of it; what was not seen is not invented."""

from typing import Any

from harness.judge.phases import phases
from harness.timeline import Event


def fault(at_s: float) -> Event:
    return Event(at_s, "fault", "injecting", {"fault": "power cut of alpha"})


def view(at_s: float, *, lost: bool = False, shot: str = "", outcome: str = "success") -> Event:
    fencings = [{"target": shot, "status": outcome}] if shot else []
    members = {"alpha": {"online": not lost}, "bravo": {"online": True}}
    return Event(at_s, "survey", "view", {"members": members, "fencings": fencings})


def node(at_s: float, name: str, *, role: str = "Secondary", runs: bool = False) -> Event:
    detail: dict[str, Any] = {"node": name, "guests": ["web"] if runs else []}
    return Event(at_s, "survey", "status", detail | {"replicas": {"web": {"role": role}}})


def sample(sent_s: float, *, good: bool = True) -> Event:
    answered = sent_s + 0.01 if good else None
    return Event(sent_s, "probe", "sample", {"guest": "web", "answered_s": answered})


HEALTHY = [view(8), node(8, "alpha", role="Primary", runs=True), node(8, "bravo"), sample(9)]
FAILOVER = [
    *HEALTHY,
    fault(10),
    sample(10.1, good=False),
    *(view(12), node(12, "bravo")),
    *(view(15, lost=True), node(15, "bravo")),
    *(view(18, lost=True, shot="alpha"), node(18, "bravo", role="Primary")),
    *(view(21, lost=True, shot="alpha"), node(21, "bravo", role="Primary", runs=True)),
    sample(29.9, good=False),
    sample(30),
]


def told(*events: Event) -> list[str]:
    return [str(phase) for phase in phases(events, "web")]


def test_a_failover_has_five_phases_each_as_sure_as_the_looks_allow() -> None:
    assert told(*FAILOVER) == [
        "fault → membership: 5.0 s (± 3.0 s)",
        "membership → fenced: 3.0 s (± 3.0 s)",
        "fenced → promoted: 0.0 s (± 3.0 s, not told apart)",
        "promoted → started: 3.0 s (± 3.0 s)",
        "started → answer: 9.0 s (± 3.0 s)",
    ]


def test_without_a_fault_or_an_end_there_is_no_phase_to_tell() -> None:
    assert told() == []
    assert told(*HEALTHY) == []
    assert told(*HEALTHY, fault(10), view(12), sample(12)) == []
    assert told(*HEALTHY, fault(10), sample(11, good=False)) == []


def test_an_outage_before_the_fault_is_not_its_end() -> None:
    early = [sample(2), sample(3, good=False), sample(8)]
    assert told(*early, fault(10), sample(11)) == []


def test_only_a_fencing_that_came_after_the_fault_and_succeeded_counts() -> None:
    before = [view(8, shot="alpha"), fault(10)]
    assert told(*before, view(12, shot="alpha")) == []
    assert told(*before, view(12, shot="bravo", outcome="pending")) == []
    assert told(*before, view(12, shot="bravo")) == ["fault → fenced: 2.0 s (± 2.0 s)"]


def test_a_guest_that_stays_where_it_was_is_neither_promoted_nor_started() -> None:
    stays = node(12, "alpha", role="Primary", runs=True)
    assert told(*HEALTHY, fault(10), stays) == []
    other = Event(12, "survey", "status", {"node": "bravo", "guests": [], "replicas": {}})
    assert told(*HEALTHY, fault(10), other) == []
