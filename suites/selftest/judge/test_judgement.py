"""A judgement: the losses of each store, and how JSON has it."""

from datetime import timedelta

from harness.judge.judgement import Judgement, Service, Verdict
from harness.judge.measures.outage import Outage
from harness.judge.measures.phases import Moment, Phase
from harness.judge.measures.write_loss import Losses
from harness.judge.verdict import judge
from harness.record.events import StoreRead
from suites.selftest.failover import good, held
from suites.selftest.records import STORES


def test_losses_are_told_by_store() -> None:
    losses = {"web.redis": Losses(lost=(3,)), "web.file": Losses()}
    plain = Judgement(Verdict.FAIL, losses=losses).plain()
    assert plain["losses"] == {"web.redis": "lost 1 (3)", "web.file": "no write lost"}


def test_each_store_is_judged_by_its_own_writes() -> None:
    lossy = judge(good(held("shop.file", without=3), drop=lambda e: isinstance(e, StoreRead)))
    whole = judge(good())
    assert lossy.losses == {"shop.file": Losses(lost=(3,))}
    assert whole.losses == dict.fromkeys(STORES, Losses())


def test_lengths_are_told_with_three_decimals() -> None:
    outage = Outage(1.0, 3.00049, timedelta(seconds=0.12345), after_s=0.98765)
    phase = Phase(Moment("fault", 1, 1, 1), Moment("fenced", 2.54321, 3.00049, 3.1))
    assert Service((outage,), (phase,)).plain() == {
        "outages": [{"after_s": 0.988, "length_s": 2.0, "resolution_s": 0.123, "over": True}],
        "phases": [
            {
                "phase": "fault → fenced",
                "length_s": 2.0,
                "uncertainty_s": 0.457,
                "distinct": True,
            }
        ],
    }
