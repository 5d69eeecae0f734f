"""The same record gives the same verdict; each ground of a verdict can be brought about alone."""

import json
from collections.abc import Callable

import pytest

from harness.judge.judgement import Judgement, Verdict, verdict_of
from harness.judge.verdict import judge
from harness.record.events import CopiesCompared, Event, FaultStep, HttpSample
from harness.record.timeline import Record
from harness.runs.store import StoredVerdict
from suites.selftest.client_events import ping, sample, write
from suites.selftest.failover import ANSWER_S, END_S, FAULT_S, allowed, good
from suites.selftest.judge.failovers import STORE, failure, of_fault, of_store, unread
from suites.selftest.node_events import line
from suites.selftest.records import STORES, opened

# A good failover.


def test_a_cluster_that_broke_no_promise_before_honest_observers_passes() -> None:
    judgement = judge(good(allowed(15)))
    assert (judgement.verdict, judgement.reasons) == (Verdict.PASS, ())
    assert (judgement.broken, judgement.unfit, judgement.causes) == ((), (), ())
    assert judgement.limits == ("power_cut.hit web reads: longest 12.1 s of 15 s, 0 further of 0",)


def test_outages_are_told_of_each_guest_and_store() -> None:
    judgement = judge(good())
    for services in (judgement.reads, judgement.connections, judgement.echoes):
        assert [str(outage) for outage in services["web"].outages] == ["12.06 s (± 0.06 s)"]
        assert list(services["shop"].outages) == []
    assert tuple(judgement.writes) == STORES
    for store, service in judgement.writes.items():
        expected = ["12.50 s (± 0.40 s)"] if store.startswith("web") else []
        assert [str(outage) for outage in service.outages] == expected


def silent(at_s: float, *, connected: bool) -> HttpSample:
    """A question to shop that was not answered, though its connection may have been taken."""
    taken = {"connected_s": at_s + 0.01 if connected else None}
    return sample(at_s, guest="shop", good=False).model_copy(update=taken)


@pytest.mark.parametrize(
    ("bad", "reads", "connections", "echoes"),
    [
        (silent(40.03125, connected=True), 1, 0, 0),
        (silent(40.03125, connected=False), 1, 1, 0),
        (ping(40.03125, guest="shop", good=False), 0, 0, 1),
    ],
    ids=["no answer", "no connection", "no echo"],
)
def test_each_service_of_a_guest_is_measured_by_its_own_questions(
    bad: Event, reads: int, connections: int, echoes: int
) -> None:
    judgement = judge(good(bad))
    services = (judgement.reads, judgement.connections, judgement.echoes)
    assert [len(of["shop"].outages) for of in services] == [reads, connections, echoes]
    assert [len(of["web"].outages) for of in services] == [1, 1, 1]


def test_phases_are_told_of_reads_and_of_writes() -> None:
    judgement = judge(good())
    moments = ["membership", "fenced", "started", "promoted", "answer"]
    for service in (judgement.reads["web"], judgement.writes["web.file"]):
        assert [phase.end.what for phase in service.phases] == moments
    assert judgement.reads["shop"].phases == judgement.writes["shop.file"].phases == ()
    assert judgement.connections["web"].phases == judgement.echoes["web"].phases == ()


def test_only_confirmed_writes_to_stores_of_the_plan_are_counted() -> None:
    judgement = judge(good(write(1, 1, store="mail.redis")))
    refused = (ANSWER_S - FAULT_S) * 2
    sent = END_S * 2 + 1
    assert judgement.acknowledged == {
        "web.redis": sent - refused,
        "web.file": sent - refused,
        "shop.redis": sent,
        "shop.file": sent,
    }


def test_losses_are_told_of_each_store_that_was_read() -> None:
    judgement = judge(good(unread(), drop=of_store))
    assert set(judgement.losses) == set(STORES) - {STORE}
    assert {str(losses) for losses in judgement.losses.values()} == {"no write lost"}


def test_a_judgement_is_plain_enough_for_a_file_and_is_read_back_whole() -> None:
    plain = judge(good(allowed(10), failure("no answer", "lab"))).plain()
    text = json.dumps(plain)
    assert json.loads(text) == plain
    back = StoredVerdict.model_validate_json(text)
    assert back.model_dump(mode="json") == plain
    assert (back.verdict, back.unfit) == (Verdict.INVALID, ("no answer",))


# What is invalid.


def test_a_test_that_did_no_harm_is_invalid() -> None:
    """All else is honest, and in good order: the fault's traces belong to the record."""
    judgement = judge(good(drop=of_fault))
    assert judgement.verdict is Verdict.INVALID
    assert "no fault was injected" in judgement.unfit


@pytest.mark.parametrize(
    ("drop", "reason"),
    [
        (of_store, "not observed: the final content of web.redis"),
        (
            lambda event: isinstance(event, CopiesCompared),
            "not observed: both copies of the disk of shop",
        ),
        (
            lambda event: isinstance(event, HttpSample) and event.guest == "shop",
            "http_probe saw nothing of shop from 0.0 to 60.0 s",
        ),
        (lambda event: isinstance(event, FaultStep) and event.step == "bites", "power cut of"),
    ],
    ids=["store", "copies", "questions", "bite"],
)
def test_what_nobody_saw_is_no_pass(drop: Callable[[Event], bool], reason: str) -> None:
    judgement = judge(good(drop=drop))
    assert judgement.verdict is Verdict.INVALID
    assert judgement.broken == ()
    assert any(text.startswith(reason) for text in judgement.unfit), judgement.unfit


def test_a_failure_of_the_lab_is_no_promise_that_the_cluster_broke() -> None:
    judgement = judge(good(failure("the probe died", "lab")))
    assert (judgement.verdict, judgement.broken) == (Verdict.INVALID, ())
    assert judgement.reasons == ("the probe died",)


def test_a_record_that_only_begins_is_invalid() -> None:
    assert judge(Record([opened()])).verdict is Verdict.INVALID


# Causes.

REFUSED = line(
    30,
    "bravo",
    "pacemaker-fenced",
    "Operation 'reboot' targeting alpha by arbiter for pacemaker-controld.1@bravo: Timeout",
)


def test_causes_are_sought_for_a_verdict_that_is_not_a_pass() -> None:
    told = ("the fencing of alpha failed once: Timeout (by bravo's account)",)
    assert judge(good(REFUSED)).causes == ()
    assert judge(good(REFUSED, failure("no", "cluster"))).causes == told
    assert judge(good(REFUSED, failure("no", "lab"))).causes == told


# The verdict of its grounds.


@pytest.mark.parametrize(
    ("broken", "unfit", "surely", "verdict"),
    [
        ([], [], False, Verdict.PASS),
        (["b"], [], False, Verdict.FAIL),
        ([], ["u"], False, Verdict.INVALID),
        (["b"], ["u"], False, Verdict.INVALID),
        (["b"], [], True, Verdict.FAIL),
        (["b"], ["u"], True, Verdict.FAIL),
        ([""], [], False, Verdict.FAIL),
        ([], [""], False, Verdict.INVALID),
    ],
)
def test_a_verdict_follows_from_its_grounds(
    broken: list[str], unfit: list[str], surely: bool, verdict: Verdict
) -> None:
    assert verdict_of(broken, unfit, surely=surely) is verdict
    assert verdict_of(iter(broken), iter(unfit), surely=surely) is verdict


@pytest.mark.parametrize(
    ("verdict", "reasons"),
    [(Verdict.FAIL, ("b", "u")), (Verdict.INVALID, ("u", "b")), (Verdict.PASS, ("b", "u"))],
)
def test_what_decided_the_verdict_is_told_first(verdict: Verdict, reasons: tuple[str, ...]) -> None:
    assert Judgement(verdict, broken=("b",), unfit=("u",)).reasons == reasons
