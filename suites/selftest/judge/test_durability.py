"""I5: an acknowledged write that is not there turns a record red, unless an objective has it."""

from collections.abc import Sequence

from harness.judge.invariants.durability import every_write_is_there
from harness.record.events import Event, LossObjective
from suites.selftest.client_events import holding, write
from suites.selftest.records import record

WRITES = [write(n, n) for n in (1, 2, 3)]


def broken(*events: Event | Sequence[Event]) -> list[str]:
    return list(every_write_is_there(record(*events)))


def allowed(most: int, guest: str = "web") -> Event:
    return LossObjective(at_s=0, name="power_cut.hit", guest=guest, most=most)


def test_a_store_that_holds_every_acknowledged_write_is_durable() -> None:
    assert broken(WRITES, write(4, 4, good=False), holding(1, 2, 3)) == []


def test_an_acknowledged_write_that_is_not_there_is_a_breach() -> None:
    [text] = broken(WRITES, holding(1, 3))
    assert text.startswith("web.redis: lost 1 (2")


def test_what_an_objective_allows_to_be_lost_is_its_own() -> None:
    assert broken(WRITES, holding(1, 3), allowed(1)) == []
    assert len(broken(WRITES, holding(1, 3), allowed(1, "shop"))) == 1
    assert len(broken(WRITES, holding(1, 3), allowed(0))) == 1
    assert len(broken(WRITES, holding(1, 3), allowed(5), allowed(0))) == 1


def test_an_objective_counts_the_losses_of_all_stores_of_its_guest() -> None:
    files = [write(n, n, store="web.file") for n in (1, 2)]
    both = [holding(1, 3), holding(1, store="web.file")]
    assert broken(WRITES, files, both, allowed(2)) == []
    found = broken(WRITES, files, both, allowed(1))
    assert [text.partition(":")[0] for text in found] == ["web.file", "web.redis"]


def test_no_objective_allows_disorder() -> None:
    [text] = broken(WRITES, holding(1, 3, 2, 2), allowed(9))
    assert "duplicated" in text
    assert "reordered" in text


def test_a_store_that_nobody_could_read_says_nothing() -> None:
    assert broken(WRITES) == []
