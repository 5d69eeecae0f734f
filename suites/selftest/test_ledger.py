"""Every way in which a store can break its promise is told, with the numbers of the writes."""

import pytest

from harness.judge.ledger import Losses, Write, losses, record, writes_of
from harness.timeline import Event

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


def test_of_many_losses_the_first_ten_are_shown() -> None:
    many = [Write(number, 0.0, 0.1) for number in range(12)]
    assert str(losses(many, [])).endswith("8, 9 and 2 more)")


def test_a_writer_is_known_by_its_store() -> None:
    def noted(store: str) -> Event:
        detail = {"store": store, "number": 1, "acknowledged_s": 1.1}
        return Event(1.0, "ledger", "write", detail)

    assert writes_of([noted("redis"), noted("file")], "redis") == WRITES[:1]
