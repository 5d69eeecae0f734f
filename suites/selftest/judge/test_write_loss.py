"""Every way in which a store can break its promise is named, with the numbers of the writes."""

import pytest

from harness.judge.measures.write_loss import (
    Losses,
    acknowledged_after,
    guest_of,
    losses,
    slow_writes,
    stores_read,
    too_few_writes,
    unrecorded_writes,
    writes_to,
)
from harness.record.entry import entry
from harness.record.events import StoreRead, Write
from suites.selftest.client_events import holding, sample, write
from suites.selftest.records import RUN, cut, record

STORE = "web.redis"
ONE, TWO, THREE, FOUR = (entry(RUN, STORE, number) for number in (1, 2, 3, 4))
WRITES = [write(1, 1), write(2, 2, good=False), write(3, 3)]
FEW = "writes a second were acknowledged before the fault, 0.5 needed"


def lost_of(sent: list[Write], found: list[str]) -> Losses:
    return losses(record(sent, StoreRead(at_s=20, store=STORE, found=tuple(found))), STORE)


@pytest.mark.parametrize("found", [[ONE, THREE], [ONE, TWO, THREE]], ids=["away", "there"])
def test_a_write_that_was_not_acknowledged_may_be_there_or_not(found: list[str]) -> None:
    assert lost_of(WRITES, found) == Losses()
    assert str(lost_of(WRITES, found)) == "no write lost"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ([ONE], "lost 1 (3)"),
        ([], "lost 2 (1, 3)"),
        ([ONE, ONE, THREE], "duplicated 1 (1)"),
        ([THREE, ONE], "reordered 1 (1)"),
        ([ONE, THREE[:-1]], f"lost 1 (3); torn 1 ({THREE[:-1]})"),
        ([ONE, THREE, FOUR[:-1]], f"torn 1 ({FOUR[:-1]})"),
    ],
)
def test_what_the_store_did_not_preserve_is_named(found: list[str], text: str) -> None:
    assert str(lost_of(WRITES, found)) == text


@pytest.mark.parametrize(
    "stranger",
    [
        entry("trial2", STORE, 3),
        entry(RUN, "shop.redis", 3),
        entry(RUN, "web.file", 3),
        THREE.replace(" 3 ", " 1 "),
        THREE.upper(),
        "",
    ],
    ids=["trial", "guest", "store", "checksum", "changed", "empty"],
)
def test_what_another_trial_or_store_wrote_cannot_pass_for_a_write(stranger: str) -> None:
    assert lost_of(WRITES, [ONE, stranger]) == Losses(lost=(3,), torn=(stranger,))


def test_a_write_that_was_given_up_may_arrive_late() -> None:
    assert lost_of(WRITES, [ONE, THREE, TWO]) == Losses()


def test_a_genuine_write_that_is_not_on_record_is_the_records_lack_and_no_loss() -> None:
    whole = record(*WRITES, StoreRead(at_s=20, store=STORE, found=(ONE, THREE, FOUR)))
    assert losses(whole, STORE) == Losses()
    assert unrecorded_writes(whole, STORE) == [4]
    assert unrecorded_writes(whole, "web.file") == []


def test_writes_to_other_stores_are_not_expected() -> None:
    others = [write(4, 4, store="web.file"), write(4, 5, store="shop.redis")]
    assert lost_of([*WRITES, *others], [ONE, THREE]) == Losses()


@pytest.mark.parametrize(
    ("held", "stale"),
    [
        ((1, 2, 3), ()),
        ((1, 3, 4), ()),
        ((None, None, None), ()),
        ((1, 1, 2), (2, 3)),
        ((1, 2, 1), (3,)),
    ],
    ids=["each", "one that was not acknowledged", "not reported", "older", "older later"],
)
def test_a_store_that_held_less_than_it_had_acknowledged_is_stale(
    held: tuple[int | None, ...], stale: tuple[int, ...]
) -> None:
    sent = [write(n, n, held=of) for n, of in enumerate(held, start=1)]
    assert lost_of(sent, [ONE, TWO, THREE]) == Losses(stale=stale)


def test_a_store_that_holds_less_since_it_lost_some_is_not_stale_too() -> None:
    sent = [write(1, 1, held=1), write(2, 2, held=2), write(3, 3, held=2)]
    assert lost_of(sent, [ONE, THREE]) == Losses(lost=(2,))


def test_what_was_not_acknowledged_does_not_make_a_store_stale() -> None:
    sent = [write(1, 1, held=1), write(2, 2, good=False), write(3, 3, held=2)]
    assert lost_of(sent, [ONE, TWO, THREE]) == Losses()


def test_of_many_losses_the_first_ten_are_shown() -> None:
    many = [write(number, number) for number in range(1, 13)]
    assert str(lost_of(many, [])) == "lost 12 (1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more)"
    assert str(lost_of(many[:10], [])) == "lost 10 (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)"


def test_the_last_reading_of_a_store_counts() -> None:
    found = record(WRITES, holding(at_s=20), holding(1, 3, at_s=21))
    assert losses(found, STORE) == Losses()


def test_a_store_that_was_not_read_has_no_losses_and_is_not_among_those_read() -> None:
    found = record(WRITES, holding(store="web.file"), holding(store="shop.redis"))
    assert losses(found, STORE) == Losses()
    assert stores_read(found) == ["shop.redis", "web.file"]


def test_a_write_is_known_by_its_store() -> None:
    noted = [write(1, 1), sample(1), write(1, 1, store="web.file"), write(2, 2, good=False)]
    assert writes_to(record(noted), STORE) == [noted[0], noted[3]]


def test_a_store_is_known_by_its_guest() -> None:
    assert guest_of("web-2.redis") == "web-2"
    assert guest_of("web.redis.old") == "web"


def acknowledged(*moments: float | None) -> list[Write]:
    return [
        Write(at_s=5.0, store=STORE, number=number, ended_s=at_s or 7.0, acknowledged_s=at_s)
        for number, at_s in enumerate(moments, start=1)
    ]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (acknowledged(6.0, 10.0), None),
        (acknowledged(7.5, 8.0, 8.5, 9.0, 9.5), None),
        (acknowledged(9.0, 9.0), None),
        (acknowledged(5.9, 8.5), f"0.2 {FEW}"),
        (acknowledged(9.0, 10.1), f"0.2 {FEW}"),
        (acknowledged(9.0, None), f"0.2 {FEW}"),
        ([], f"0.0 {FEW}"),
    ],
    ids=[
        *("enough", "more", "at one moment", "too early", "after the fault"),
        *("not acknowledged", "none"),
    ],
)
def test_writes_before_a_fault_must_be_dense_enough(sent: list[Write], reason: str | None) -> None:
    of_another = [write(number, 1, store="web.file") for number in (7, 8, 9)]
    found = record(sent, of_another, cut(10, "alpha"), cut(50, "bravo"))
    assert too_few_writes(found, STORE) == reason


@pytest.mark.parametrize(
    ("took_s", "reason"),
    [
        ([1.5, 1.5], None),
        ([0.1, 0.1, 3.0], None),
        ([2.0, 2.0, 0.1], "a write took 2.0 s before the fault, the limit is 1.5 s"),
        ([], None),
    ],
    ids=["just", "one slow", "most slow", "none"],
)
def test_a_store_must_usually_be_quick_before_the_fault(
    took_s: list[float], reason: str | None
) -> None:
    sent = [write(6, number, took_s=of) for number, of in enumerate(took_s, start=1)]
    later = [write(11 + number, 10 + number, took_s=9) for number in range(9)]
    failed = [write(7, 30 + number, good=False) for number in range(9)]
    found = record(sent, later, failed, write(8, 1, store="web.file", took_s=2), cut(10, "alpha"))
    assert slow_writes(found, STORE) == reason


def test_without_a_fault_writes_may_be_few_and_slow() -> None:
    found = record(write(1, 1, took_s=9))
    assert too_few_writes(found, STORE) is None
    assert slow_writes(found, STORE) is None


@pytest.mark.parametrize(
    ("sent", "after"),
    [
        ([write(9.95, 1)], True),
        ([write(9.9, 1, took_s=0.1)], False),
        ([write(11, 1, good=False)], False),
        ([write(11, 1, store="web.file")], False),
        ([write(11, 1, good=False), write(12, 2)], True),
        ([], False),
    ],
    ids=["acknowledged after", "at that moment", "failed", "other store", "second", "none"],
)
def test_a_store_serves_when_it_acknowledges_a_write(sent: list[Write], after: bool) -> None:
    assert acknowledged_after(record(sent), STORE, 10.0) is after
