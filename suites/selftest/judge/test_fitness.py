"""A lab whose processors were taken from it can bear no verdict."""

from collections.abc import Sequence

import pytest

from harness.judge.fitness import MOST_STRANGERS_BEFORE, corosync_not_scheduled, host_unfit
from harness.record.events import HostLoad, JournalLine, Settled
from harness.record.timeline import Record
from suites.selftest.node_events import host_load, line, members, power
from suites.selftest.records import opened, record

TOKEN_S = 3.0


def taken(*strangers: float, stolen: Sequence[float] = (), seconds: float = 1.0) -> list[HostLoad]:
    """What others took of this machine's processors, in one stretch after the other."""
    shares = strangers or [0.0] * len(stolen)
    return [
        host_load(at_s, strangers=share).model_copy(
            update={"seconds": seconds, "stolen": stolen[at_s] if stolen else 0.0}
        )
        for at_s, share in enumerate(shares)
    ]


STRANGERS = "other processes took {0} of this machine's processors for 5 s, the limit is 25%"
STOLEN = "the hypervisor under it took {0} of this machine's processors for 5 s, the limit is 25%"
LEAVE = ": run nothing else on this machine"


@pytest.mark.parametrize(
    "loads",
    [
        [],
        taken(*[0.25] * 10),
        taken(*[1.0] * 4),
        taken(0, 0, 0, 0, 0.75, 0.5, 0, 0, 0, 0),
        taken(stolen=[0.25] * 10),
        taken(stolen=[1.0] * 4),
        taken(*[0.2] * 10, stolen=[0.2] * 10),
    ],
    ids=[
        *("nothing", "the most", "too short to tell", "for a moment"),
        *("the most stolen", "too short to tell what was stolen", "each for itself"),
    ],
)
def test_a_lab_that_had_its_processors_is_fit(loads: list[HostLoad]) -> None:
    assert list(host_unfit(loads, TOKEN_S)) == []


def test_of_a_lab_without_loads_nothing_is_known_whatever_its_token() -> None:
    assert list(host_unfit([], 0.5)) == []


def test_strangers_that_took_more_than_a_quarter_for_five_seconds_are_named() -> None:
    for loads in (taken(*[0.26] * 5), taken(0, 0, *[0.26] * 5, 0, 0)):
        assert list(host_unfit(loads, TOKEN_S)) == [STRANGERS.format("26%") + LEAVE]


def test_the_process_that_took_the_most_is_named() -> None:
    names = ["", "apt", "make", "make", ""]
    loads = [
        load.model_copy(update={"busiest": name})
        for load, name in zip(taken(1, 0.5, 0.3, 0.3, 0), names, strict=True)
    ]
    named = STRANGERS.replace("processes", "processes, above all make,")
    assert list(host_unfit(loads, TOKEN_S)) == [named.format("42%") + LEAVE]


def test_before_a_test_strangers_may_take_less() -> None:
    for share, unfit in (
        (0.11, [STRANGERS.format("11%").replace("25%", "10%") + LEAVE]),
        (0.1, []),
    ):
        loads = taken(share, seconds=5)
        assert list(host_unfit(loads, TOKEN_S, most_strangers=MOST_STRANGERS_BEFORE)) == unfit


def test_a_hypervisor_that_took_more_than_a_quarter_is_named() -> None:
    loads = taken(stolen=[0, *[0.5] * 5, 0])
    assert list(host_unfit(loads, TOKEN_S)) == [STOLEN.format("50%") + LEAVE]


def test_the_worst_five_seconds_are_named_and_no_more_than_five() -> None:
    loads = taken(*[0.0] * 10, *[0.3] * 5, *[0.4] * 5, *[0.3] * 5)
    assert list(host_unfit(loads, TOKEN_S)) == [STRANGERS.format("40%") + LEAVE]


def test_longer_stretches_weigh_more() -> None:
    """Half of 4.5 s of 5.5 s; and just five seconds are enough."""
    uneven = [*taken(0.0), *taken(0.5, seconds=4.5)]
    assert list(host_unfit(uneven, TOKEN_S)) == [STRANGERS.format("41%") + LEAVE]
    assert list(host_unfit(taken(0.5, seconds=5), TOKEN_S)) == [STRANGERS.format("50%") + LEAVE]
    assert list(host_unfit(taken(0.5, seconds=4.9), TOKEN_S)) == []
    first = [*taken(0.5, seconds=5), *taken(0.0, seconds=5)]
    assert list(host_unfit(first, TOKEN_S)) == [STRANGERS.format("50%") + LEAVE]


def stalls(*seconds: float) -> list[HostLoad]:
    return [host_load(at_s, stalled_s=length_s) for at_s, length_s in enumerate(seconds)]


def test_a_processor_may_stand_still_for_half_of_the_token() -> None:
    assert list(host_unfit(stalls(0.1, 1.5, 1.0), TOKEN_S)) == []


def test_the_node_whose_processor_stood_still_for_longest_is_named() -> None:
    longer = host_load(4).model_copy(update={"stalled_s": {"alpha": 1.0, "bravo": 2.5}})
    for loads in ([*stalls(0.1, 2.0), longer], [longer, *stalls(0.1, 2.0)]):
        assert list(host_unfit(loads, TOKEN_S)) == [
            "bravo's processor was stalled for 2.5 s, the limit is 1.5 s (half of the token)"
        ]
    assert list(host_unfit([longer], 5.5)) == []


def test_every_reason_is_named() -> None:
    loads = [*taken(*[0.5] * 5, stolen=[0.3] * 5), *stalls(2.0)]
    assert list(host_unfit(loads, TOKEN_S)) == [
        STRANGERS.format("50%") + LEAVE,
        STOLEN.format("30%") + LEAVE,
        "alpha's processor was stalled for 2.0 s, the limit is 1.5 s (half of the token)",
    ]


# Corosync's own word.


def not_scheduled(at_s: float, seconds: float, node: str = "alpha") -> JournalLine:
    text = (
        f"  [MAIN  ] Corosync main process was not scheduled (@1795386596) for "
        f"{seconds * 1000:.4f} ms (threshold is 2400.0000 ms). Consider token timeout increase."
    )
    return line(at_s, node, "corosync", text)


def test_a_corosync_that_was_not_scheduled_is_named_each_time() -> None:
    lines = [not_scheduled(5, 4.25), not_scheduled(9, 2.5, "arbiter")]
    assert list(corosync_not_scheduled(record(lines))) == [
        "alpha: Corosync was not scheduled for 4.2 s",
        "arbiter: Corosync was not scheduled for 2.5 s",
    ]


@pytest.mark.parametrize(("at_s", "counts"), [(9.5, 0), (10, 1)])
def test_what_was_before_settled_does_not_count(at_s: float, counts: int) -> None:
    events = [opened(), Settled(at_s=10), not_scheduled(at_s, 4)]
    assert len(list(corosync_not_scheduled(Record(events)))) == counts


def starting(at_s: float, node: str = "alpha") -> JournalLine:
    return line(at_s, node, "corosync", "  [MAIN  ] Corosync Cluster Engine 3.1.9 starting up")


@pytest.mark.parametrize(
    ("before", "counts"),
    [
        ([starting(15), members(19, "alpha")], True),
        ([starting(15)], False),
        ([starting(15), members(20, "alpha")], False),
        ([members(14, "alpha"), starting(15)], False),
        ([members(15, "alpha"), starting(15)], False),
        ([starting(15), members(19, "bravo")], False),
        ([starting(15, "bravo")], True),
        ([starting(20)], True),
        ([starting(15), members(16, "alpha"), starting(17)], False),
        ([], True),
    ],
    ids=[
        *("a member", "no member yet", "at that moment", "before its start", "no earlier"),
        *("another node", "another starts", "starts then", "starts again", "never started"),
    ],
)
def test_a_corosync_that_starts_has_a_token_to_lose_once_it_has_joined(
    before: list[JournalLine], counts: bool
) -> None:
    found = list(corosync_not_scheduled(record(before, not_scheduled(20, 1.5))))
    assert found == ["alpha: Corosync was not scheduled for 1.5 s"] * counts


HALT = [power(10, "alpha", "suspended"), power(20, "alpha", "resumed")]


@pytest.mark.parametrize(
    ("at_s", "counts"), [(9.75, 1), (10, 0), (15, 0), (24.5, 0), (24.75, 1)], ids=str
)
def test_a_node_that_was_suspended_was_not_scheduled_on_purpose(at_s: float, counts: int) -> None:
    """Reported within half a second of the stretch for which it was not scheduled."""
    found = list(corosync_not_scheduled(record(HALT, not_scheduled(at_s, 4), power(99, "x"))))
    assert found == ["alpha: Corosync was not scheduled for 4.0 s"] * counts


def test_any_suspension_explains_it_but_another_nodes() -> None:
    again = [power(40, "alpha", "suspended"), power(50, "alpha", "resumed")]
    lines = [not_scheduled(21, 4), not_scheduled(51, 4)]
    assert list(corosync_not_scheduled(record(HALT, again, lines))) == []
    assert list(corosync_not_scheduled(record(HALT, not_scheduled(21, 4, "bravo")))) == [
        "bravo: Corosync was not scheduled for 4.0 s"
    ]


def test_what_is_not_explained_is_named_behind_what_is() -> None:
    lines = [not_scheduled(21, 4), not_scheduled(60, 4)]
    assert list(corosync_not_scheduled(record(HALT, lines))) == [
        "alpha: Corosync was not scheduled for 4.0 s"
    ]
