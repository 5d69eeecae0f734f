"""Each objective is held against what was measured."""

import pytest

from harness.judge.objectives import lines, missed, unmeasured
from harness.record.events import LossObjective, OutageObjective, PhaseObjective, Write
from harness.record.timeline import Record
from suites.selftest.client_events import holding
from suites.selftest.judge.clients import http_samples, writes
from suites.selftest.node_events import fenced, members, node_samples, power
from suites.selftest.records import cut, record


def allowed(
    service: str = "reads", longest_s: float = 45, further: int = 1, further_s: float = 2
) -> OutageObjective:
    return OutageObjective.model_validate(
        {
            "at_s": 60,
            "name": "power_cut.hit",
            "guest": "web",
            "service": service,
            "longest_s": longest_s,
            "further": further,
            "further_s": further_s,
        }
    )


def assert_judged(record: Record, *expected: tuple[str, bool | None]) -> None:
    """Each objective's line, and whether it was met; None for what was not measured."""
    ends = {True: "", False: ": missed", None: ": not measured"}
    stated = [f"{text}{ends[met]}" for text, met in expected]
    assert lines(record) == stated
    assert list(missed(record)) == [s for s in stated if s.endswith(": missed")]
    assert list(unmeasured(record)) == [s for s in stated if s.endswith(": not measured")]


READS = "power_cut.hit web reads: longest"


@pytest.mark.parametrize(
    ("silent", "text", "met"),
    [
        ([], "0.0 s of 45 s, 0 further of 1", True),
        ([(10, 32.3)], "22.4 s of 45 s, 0 further of 1", True),
        ([(10, 54.9)], "45.0 s of 45 s, 0 further of 1", True),
        ([(10, 55.0)], "45.1 s of 45 s, 0 further of 1", False),
        ([(10, 30), (50, 51)], "20.1 s of 45 s, 1 further of 1, 1.1 s of 2 s", True),
        ([(5, 6), (10, 30)], "20.1 s of 45 s, 1 further of 1, 1.1 s of 2 s", True),
        ([(10, 30), (50, 52)], "20.1 s of 45 s, 1 further of 1, 2.1 s of 2 s", False),
        ([(10, 30), (40, 40.2), (50, 50.2)], "20.1 s of 45 s, 2 further of 1, 0.6 s of 2 s", False),
    ],
    ids=["none", "short", "just", "too long", "further", "before", "further too long", "two"],
)
def test_the_longest_outage_and_the_further_ones_are_held_against_their_limits(
    silent: list[tuple[float, float]], text: str, met: bool
) -> None:
    others = http_samples(60, (10, 60), guest="shop")
    assert_judged(record(http_samples(60, *silent), others, allowed()), (f"{READS} {text}", met))


def test_the_moments_of_further_outages_are_named() -> None:
    answers = http_samples(60, (10, 30), (40, 40.2), (50, 50.2))
    text = "20.1 s of 45 s, 2 further of 1, 0.6 s of 2 s (from 30, 40 s)"
    assert_judged(record(cut(9.9, "alpha"), answers, allowed()), (f"{READS} {text}", False))


def test_writes_of_each_store_are_held_against_the_limits() -> None:
    quick, slow = writes(60, (10, 12)), writes(60, (10, 40), store="web.file")
    other = writes(60, (2, 60), store="shop.redis")
    assert_judged(
        record(quick, slow, other, allowed("writes", 20)),
        ("power_cut.hit web.redis writes: longest 3.0 s of 20 s, 0 further of 1", True),
        ("power_cut.hit web.file writes: longest 31.0 s of 20 s, 0 further of 1", False),
    )


def test_an_outage_that_is_not_over_counts_with_what_is_known_of_it() -> None:
    assert_judged(
        record(http_samples(60, (10, 61)), allowed()),
        (f"{READS} 50.1 s of 45 s, 0 further of 1", False),
    )


def test_a_last_question_that_was_not_answered_is_no_further_outage() -> None:
    found = record(http_samples(60, (10, 30), (59.5, 61)), allowed(further=0, further_s=0))
    assert_judged(found, (f"{READS} 20.1 s of 45 s, 0 further of 0", True))


def test_reads_of_a_guest_that_was_never_asked_are_not_measured() -> None:
    found = record(http_samples(60, guest="shop"), allowed())
    assert_judged(found, ("power_cut.hit web reads: nothing asked", None))


def test_writes_that_were_never_sent_to_a_store_are_not_measured() -> None:
    assert_judged(
        record(writes(60), allowed("writes", 20)),
        ("power_cut.hit web.redis writes: longest 0.0 s of 20 s, 0 further of 1", True),
        ("power_cut.hit web.file writes: nothing asked", None),
    )


def losing(most: int, *, guest: str = "web") -> LossObjective:
    return LossObjective(at_s=60, name="power_cut.hit", guest=guest, most=most)


@pytest.mark.parametrize(("most", "met"), [(0, False), (2, False), (3, True), (4, True)], ids=str)
def test_lost_writes_of_all_stores_of_a_guest_are_counted(most: int, met: bool) -> None:
    sent = [writes(3), writes(3, store="web.file"), writes(3, store="shop.redis")]
    ends = [holding(1, 3, 4), holding(1, 2, store="web.file"), holding(store="shop.redis")]
    text = f"power_cut.hit web lost writes: 3 of {most} (web.redis 1, web.file 2)"
    assert_judged(record(*sent, *ends, losing(most)), (text, met))


def test_no_lost_write_meets_every_limit() -> None:
    sent = [writes(1), writes(1, store="web.file")]
    ends = [holding(1, 2), holding(1, 2, store="web.file")]
    text = "power_cut.hit web lost writes: 0 of 0"
    assert_judged(record(*sent, *ends, losing(0)), (text, True))


@pytest.mark.parametrize("sent", [[], writes(3), writes(3, store="shop.redis")], ids=len)
def test_losses_of_a_store_to_which_nothing_was_written_are_not_measured(
    sent: list[Write],
) -> None:
    text = "power_cut.hit web lost writes: nothing written"
    assert_judged(record(sent, holding(), losing(0)), (text, None))


def test_objectives_of_a_guest_without_a_store_are_not_measured() -> None:
    of_nobody = allowed("writes").model_copy(update={"guest": "mail"})
    assert_judged(
        record(writes(3), of_nobody, losing(0, guest="mail")),
        ("power_cut.hit mail writes: no store", None),
        ("power_cut.hit mail lost writes: nothing written", None),
    )


FAILOVER = [
    *node_samples(0, 9, "alpha", runs="web"),
    *node_samples(0, 20, "bravo", runs="shop"),
    *node_samples(21, 60, "bravo", runs="shop web", born_s=20.5),
    *(cut(10, "alpha"), power(10.2, "alpha"), members(16.5, "bravo"), fenced(18, "alpha")),
]


def phase(ends_with: str, longest_s: float) -> PhaseObjective:
    return PhaseObjective(
        at_s=60, name="power_cut.hit", guest="web", ends_with=ends_with, longest_s=longest_s
    )


def test_a_phase_is_held_against_its_limit_by_the_moment_that_ends_it() -> None:
    objectives = [phase("membership", 6.5), phase("fenced", 1.4), phase("answer", 30)]
    assert_judged(
        record(FAILOVER, http_samples(60, (10, 32)), objectives),
        ("power_cut.hit web membership: 6.5 s of 6.5 s", True),
        ("power_cut.hit web fenced: 1.5 s of 1.4 s", False),
        ("power_cut.hit web answer: 11.0 s of 30 s", True),
    )


def test_a_phase_that_was_not_seen_of_a_failover_is_not_measured() -> None:
    blind = [event for event in FAILOVER if event != members(16.5, "bravo")]
    assert_judged(
        record(blind, http_samples(60, (10, 32)), phase("membership", 8)),
        ("power_cut.hit web membership: not seen of 8 s", None),
    )


@pytest.mark.parametrize("silent", [[], [(10.0, 61.0)]], ids=["no outage", "no end of it"])
def test_a_phase_of_a_failover_that_did_not_come_to_an_end_is_not_judged(
    silent: list[tuple[float, float]],
) -> None:
    assert_judged(record(cut(10, "alpha"), http_samples(60, *silent), phase("promoted", 8)))


def test_objectives_are_judged_in_a_record_without_any() -> None:
    assert_judged(record(http_samples(60, (10, 60))))
