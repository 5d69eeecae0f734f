"""Every way in which a store can break its promise is told, with the numbers of the writes."""

import pytest

from harness.judge.measures.write_loss import Losses, Write, losses, record, too_few, writes_of
from suites.selftest.records import sample, write

ONE, TWO, THREE = (record(number) for number in (1, 2, 3))
WRITES = [Write(1, 1.0, 1.1), Write(2, 2.0, None), Write(3, 3.0, 3.1)]


@pytest.mark.parametrize("found", [[ONE, THREE], [ONE, TWO, THREE]], ids=["away", "there"])
def test_a_write_that_was_not_acknowledged_may_be_there_or_not(found: list[str]) -> None:
    assert losses(WRITES, found) == Losses()
    assert str(losses(WRITES, found)) == "no write lost"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([ONE], "lost 1 (3)"),
        ([], "lost 2 (1, 3)"),
        ([ONE, ONE, THREE], "duplicated 1 (1)"),
        ([THREE, ONE], "reordered 1 (1)"),
        ([ONE, THREE[:-1]], "lost 1 (3); torn 1 (3:6dd28e9)"),
        ([ONE, THREE, record(9)], f"torn 1 ({record(9)})"),
    ],
)
def test_what_the_store_did_not_keep_is_named(found: list[str], said: str) -> None:
    assert str(losses(WRITES, found)) == said


@pytest.mark.parametrize(
    ("held", "stale"),
    [
        ((1, 2, 3), ()),
        ((1, 3, 4), ()),
        ((None, None, None), ()),
        ((1, 1, 2), (2, 3)),
        ((1, 2, 1), (3,)),
    ],
    ids=["each", "one that was not acknowledged", "not told", "older", "older later"],
)
def test_a_store_that_held_less_than_it_had_acknowledged_is_stale(
    held: tuple[int | None, ...], stale: tuple[int, ...]
) -> None:
    sent = [Write(n, float(n), n + 0.1, of) for n, of in enumerate(held, start=1)]
    assert losses(sent, [ONE, TWO, THREE]) == Losses(stale=stale)


def test_a_store_that_holds_less_since_it_lost_some_is_not_stale_too() -> None:
    sent = [Write(1, 1.0, 1.1, 1), Write(2, 2.0, 2.1, 2), Write(3, 3.0, 3.1, 2)]
    assert losses(sent, [ONE, THREE]) == Losses(lost=(2,))


def test_what_was_not_acknowledged_is_not_counted() -> None:
    sent = [Write(1, 1.0, 1.1, 1), Write(2, 2.0, None, None), Write(3, 3.0, 3.1, 2)]
    assert losses(sent, [ONE, THREE]) == Losses()


def test_of_many_losses_the_first_ten_are_shown() -> None:
    many = [Write(number, 0.0, 0.1) for number in range(12)]
    assert str(losses(many, [])).endswith("8, 9 and 2 more)")


def test_a_writer_is_known_by_its_store() -> None:
    noted = [write(1, 1), sample(1), write(1, 1, store="web.file"), write(2, 2, good=False)]
    assert writes_of(noted, "web.redis") == WRITES[:2]


@pytest.mark.parametrize(
    ("acknowledged", "reason"),
    [
        ([6.0, 10.0], None),
        ([7.5, 8.0, 8.5, 9.0, 9.5], None),
        ([5.9, 8.5], "0.2 writes a second were acknowledged before the fault, 0.5 needed"),
        ([9.0, 10.1], "0.2 writes a second were acknowledged before the fault, 0.5 needed"),
        ([9.0, None], "0.2 writes a second were acknowledged before the fault, 0.5 needed"),
        ([], "0.0 writes a second were acknowledged before the fault, 0.5 needed"),
    ],
    ids=["enough", "more", "too early", "after the fault", "not acknowledged", "none"],
)
def test_writes_before_a_fault_must_be_dense_enough_to_tell(
    acknowledged: list[float | None], reason: str | None
) -> None:
    writes = [Write(number, 6.5, at_s) for number, at_s in enumerate(acknowledged)]
    assert too_few(writes, 10.0) == reason
