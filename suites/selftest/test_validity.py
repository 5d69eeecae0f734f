"""A lab that was starved of the host's processors can bear no verdict."""

import pytest

from harness.judge.measures.write_loss import Write
from harness.judge.validity import slow_store, starved
from harness.record.timeline import Event


def paces(*shares: float | None, seconds: float = 1.0) -> list[Event]:
    """A look each second at how long alpha waited; None while it has no power."""
    return [
        Event(at_s, "host", "pace", {"seconds": seconds, "waited": {"bravo": 0.1, **alpha}})
        for at_s, share in enumerate(shares)
        for alpha in [{} if share is None else {"alpha": share}]
    ]


@pytest.mark.parametrize(
    "looks",
    [
        [],
        paces(*[0.3] * 20),
        paces(*[0.6] * 20),
        paces(0.1, 0.1, 1.0, 1.0, 0.1, 0.1, 0.1),
        paces(*[1.0] * 4),
        [Event(1, "probe", "sample", {"guest": "web"})],
    ],
    ids=["nothing", "as usual", "the most", "for a moment", "too short to tell", "no look"],
)
def test_a_lab_that_had_its_share_is_honest(looks: list[Event]) -> None:
    assert starved(looks) == []


def test_a_machine_that_waited_for_too_long_is_named() -> None:
    [reason] = starved(paces(0.1, 0.1, *[0.9] * 5, 0.1))
    waited, _, most = reason.partition(", ")
    assert waited == "alpha waited for a processor of this host for 90% of 5 s"
    assert most == "60% is the most: leave the host to the lab"


def test_time_without_power_is_not_time_without_a_processor() -> None:
    assert starved(paces(0.5, 0.5, None, None, None, 0.5, 0.5, 0.5)) == []
    assert len(starved(paces(0.9, 0.9, None, None, None, 0.9, 0.9, 0.9))) == 1


def test_a_longer_look_weighs_more() -> None:
    uneven = [*paces(0.0), *paces(0.9, seconds=4.5)]
    assert starved(uneven)[0].startswith("alpha waited for a processor of this host for 74%")


def stolen(*shares: float) -> list[Event]:
    """A look each second at what was taken of the host's processors."""
    return [
        Event(at_s, "host", "pace", {"seconds": 1.0, "waited": {}, "stolen": share})
        for at_s, share in enumerate(shares)
    ]


def test_a_host_whose_processors_were_taken_from_it_is_no_honest_one() -> None:
    [reason] = starved(stolen(*[0.6] * 10, 0.9))
    assert reason.startswith("this host's processors were taken from it for 66% of 5 s, 60% is")
    assert starved(stolen(*[0.6] * 10)) == []


@pytest.mark.parametrize(
    ("took_s", "reason"),
    [
        ([0.1, 0.2, 5.0], None),
        ([1.5], None),
        ([0.1, 1.75, 2.0], "a write took 1.8 s before the fault, 1.5 s is the most"),
    ],
    ids=["most are quick", "the most", "slow"],
)
def test_a_store_must_be_quick_before_the_fault(took_s: list[float], reason: str | None) -> None:
    before = [Write(n, n, n + took) for n, took in enumerate(took_s)]
    after = [Write(10, 20.0, 29.0), Write(11, 30.0, None)]
    assert slow_store([*before, *after], 10.0) == reason
