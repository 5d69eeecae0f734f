"""The same record gives the same verdict; each ground of a verdict can be brought about alone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.judge.judgement import Judgement, Verdict, verdict_of
from harness.judge.verdict import judge, judge_file
from harness.record.events import (
    EVENT,
    Blame,
    CopiesCompared,
    Event,
    Failure,
    FaultInjecting,
    FaultStep,
    HttpSample,
    Recovered,
    StoreRead,
    StoreUnread,
    Write,
)
from harness.record.timeline import Record
from harness.runs.store import StoredVerdict
from suites.selftest.failover import ANSWER_S, END_S, FAULT_S, allowed, good, held, observed
from suites.selftest.records import (
    STORES,
    copies,
    host_load,
    line,
    look,
    opened,
    ping,
    power,
    quorum,
    record,
    role,
    sample,
    step,
    traces,
    write,
)

STORE = "web.redis"


def failure(reason: str, blame: Blame) -> Failure:
    return Failure(at_s=40, reason=reason, blame=blame)


def of_store(event: Event) -> bool:
    return isinstance(event, StoreRead) and event.store == STORE


def unread() -> StoreUnread:
    return StoreUnread(at_s=END_S + 1, store=STORE, problem="LOADING")


def recovered(event: Event) -> bool:
    return isinstance(event, Recovered)


def of_fault(event: Event) -> bool:
    return isinstance(event, FaultInjecting | FaultStep)


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


# What fails.


def lost_reads(since_s: float) -> Record:
    """The record in which web answers no question from that moment on."""

    def late(event: Event) -> bool:
        return isinstance(event, HttpSample) and event.guest == "web" and event.at_s >= since_s

    moments = (since_s + number / 16 for number in range(int((END_S - since_s) * 16) + 1))
    return good(*(sample(at_s, good=False) for at_s in moments), drop=late)


def refusing(store: str, since_s: float) -> Record:
    """The record in which that store confirms no write that is sent from that moment on."""
    later = [e for e in observed() if isinstance(e, Write) and e.store == store]
    refused = [e.model_copy(update={"acknowledged_s": None}) for e in later if e.at_s >= since_s]

    def late(event: Event) -> bool:
        return isinstance(event, Write) and event.store == store and event.at_s >= since_s

    return good(*refused, drop=late)


UNREAD = "web.redis: does not hand out what it holds in the end (LOADING)"
LIFTED_S = 45.1
SILENT = "shop.file: no write was acknowledged after the last fault"
OOPS = line(40, "bravo", "kernel", "Oops: 0002 [#1]")
LEFT = traces(END_S + 2, "bravo", "end", "tc: netem")
UNSURE: dict[str, tuple[Callable[[], Record], str]] = {
    "body": (lambda: good(failure("web is nowhere", "cluster")), "web is nowhere"),
    "objective": (lambda: good(allowed(10)), "power_cut.hit web reads: longest 12.1 s of 10 s"),
    "no end": (lambda: lost_reads(57), "web reads: an outage of 3.05 s"),
    "unread": (lambda: good(unread(), drop=of_store), UNREAD),
    "no quorum": (lambda: good(quorum(22, "bravo", lost=True)), "I4: web began to run on bravo"),
    "power": (lambda: good(power(40, "arbiter"), power(41, "arbiter", "started")), "I6: arbiter"),
    "left": (lambda: good(LEFT), "I8: left behind on bravo: tc: netem"),
    "trouble": (lambda: good(OOPS), "I9: bravo: kernel: Oops: 0002"),
}
"""What an unfit lab can bring about as well."""
TWICE = [look(at_s, "bravo", boot="x", runs="web", born_s=5, primary="") for at_s in (5, 6, 7)]
PRIMARIES = [role(5, "bravo", "Primary"), role(7, "bravo", "Secondary")]
SURE: dict[str, tuple[Callable[[], Record], str]] = {
    "two copies": (lambda: good(*TWICE), "I1: web ran on alpha and bravo at 5.0 s"),
    "two primaries": (lambda: good(*PRIMARIES), "I2: web was primary on alpha and bravo"),
    "lost write": (lambda: good(held(STORE, without=3), drop=of_store), "I5: web.redis: lost 1 (3"),
    "unequal disks": (
        lambda: good(
            copies(END_S + 2, web=4096), drop=lambda event: isinstance(event, CopiesCompared)
        ),
        "I7: web: its disk's copies differ at byte 4096",
    ),
}
"""What no lab can bring about, however slow."""
BROKEN = UNSURE | SURE


@pytest.mark.parametrize("case", BROKEN)
def test_what_the_cluster_broke_fails(case: str) -> None:
    doctored, reason = BROKEN[case]
    judgement = judge(doctored())
    assert judgement.verdict is Verdict.FAIL
    assert any(text.startswith(reason) for text in judgement.broken), judgement.broken
    assert judgement.reasons[: len(judgement.broken)] == judgement.broken


@pytest.mark.parametrize("case", UNSURE)
def test_what_an_unfit_lab_can_bring_about_tells_nothing_of_the_cluster(case: str) -> None:
    doctored, reason = UNSURE[case]
    judgement = judge(Record([*doctored().events, failure("it does not bite", "lab")]))
    assert judgement.verdict is Verdict.INVALID
    assert judgement.reasons[0] == "it does not bite"
    assert any(text.startswith(reason) for text in judgement.reasons[1:]), judgement.reasons


@pytest.mark.parametrize("case", SURE)
def test_what_no_lab_can_bring_about_fails_in_any_lab_and_both_grounds_are_told(case: str) -> None:
    doctored, reason = SURE[case]
    starved = [host_load(at_s, strangers=0.9) for at_s in range(40, 50)]
    judgement = judge(Record([*doctored().events, failure("starved", "lab"), *starved]))
    assert judgement.verdict is Verdict.FAIL
    assert any(text.startswith(reason) for text in judgement.broken), judgement.broken
    assert judgement.unfit[0] == "starved"
    assert judgement.unfit[1].startswith("other processes took")
    assert judgement.reasons == (*judgement.broken, *judgement.unfit)


def test_grounds_are_told_in_one_order_the_tests_own_first() -> None:
    found = judge(good(OOPS, allowed(10), unread(), failure("no", "cluster"), drop=of_store)).broken
    starts = ["no", "power_cut.hit web reads", UNREAD, "I9: bravo"]
    assert [text[: len(start)] for text, start in zip(found, starts, strict=True)] == starts


# What a cluster owes that has recovered.


def test_a_store_that_takes_no_write_after_the_last_fault_is_the_clusters_failure() -> None:
    judgement = judge(refusing("shop.file", LIFTED_S))
    assert judgement.verdict is Verdict.FAIL
    assert SILENT in judgement.broken
    assert not any("web" in text for text in judgement.broken)


@pytest.mark.parametrize(("moment_s", "silent"), [(LIFTED_S, False), (LIFTED_S + 5, True)])
def test_only_the_last_fault_counts_for_writes(moment_s: float, silent: bool) -> None:
    """A write that was confirmed between two faults says nothing of the second one."""
    second = FaultInjecting(at_s=moment_s, fault="second", victims=("alpha",), may_be_fenced=())
    judgement = judge(Record([*refusing("shop.file", LIFTED_S + 1).events, second]))
    assert (SILENT in judgement.broken) is silent


@pytest.mark.parametrize(("until_s", "silent"), [(LIFTED_S - 0.5, True), (LIFTED_S + 0.5, False)])
def test_a_write_that_was_taken_while_the_fault_was_in_place_does_not_count(
    until_s: float, silent: bool
) -> None:
    assert (SILENT in judge(refusing("shop.file", until_s)).broken) is silent


@pytest.mark.parametrize(("until_s", "silent"), [(FAULT_S, True), (FAULT_S + 0.5, False)])
def test_of_a_fault_that_was_never_lifted_its_injection_counts(
    until_s: float, silent: bool
) -> None:
    refused = refusing("shop.file", until_s)
    events = [e for e in refused.events if not isinstance(e, FaultStep) or e.step != "lifted"]
    assert (SILENT in judge(Record(events)).broken) is silent


def test_of_two_faults_the_last_lift_counts() -> None:
    second = FaultInjecting(at_s=30, fault="second", victims=("alpha",), may_be_fenced=())
    lifts = [step(at_s, "lifted", name="second") for at_s in (50.0, 31.0)]
    for until_s, silent in ((LIFTED_S + 1, True), (51.0, False)):
        judgement = judge(Record([*refusing("shop.file", until_s).events, second, *lifts]))
        assert (SILENT in judgement.broken) is silent


def test_a_cluster_that_has_not_recovered_owes_no_write_and_no_store() -> None:
    doctored = refusing("shop.file", FAULT_S)
    events = [e for e in doctored.events if not recovered(e) and not of_store(e)]
    judgement = judge(Record([*events, unread(), failure("not in 720 s", "cluster")]))
    assert judgement.verdict is Verdict.FAIL
    assert judgement.broken[0] == "not in 720 s"
    assert SILENT not in judgement.broken
    assert UNREAD not in judgement.broken


def test_without_a_fault_nothing_needs_to_be_written_after_it() -> None:
    silent = record(Recovered(at_s=9), (sample(n / 16) for n in range(160)))
    judgement = judge(silent)
    assert judgement.verdict is Verdict.INVALID
    assert judgement.broken == ()


# What is invalid.


def test_a_test_that_did_no_harm_is_invalid() -> None:
    """All else is honest, and in good order: the fault's traces belong to the record."""
    judgement = judge(good(drop=of_fault))
    assert judgement.verdict is Verdict.INVALID
    assert "no fault was injected" in judgement.unfit


@pytest.mark.parametrize(
    ("drop", "reason"),
    [
        (of_store, "nobody saw what the store holds in the end of web.redis"),
        (
            lambda event: isinstance(event, CopiesCompared),
            "nobody saw both copies of the disk of shop",
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


# A stored record.


def store(file: Path, events: Record) -> list[bytes]:
    """Write a record as the timeline does; its lines."""
    lines = [EVENT.dump_json(event) + b"\n" for event in events.events]
    file.write_bytes(b"".join(lines))
    return lines


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "timeline.jsonl"


@pytest.mark.parametrize("case", SURE)
def test_a_stored_record_is_judged_as_the_run_itself_was(file: Path, case: str) -> None:
    doctored = SURE[case][0]()
    store(file, doctored)
    assert judge_file(file) == judge(doctored)


def test_a_stored_record_that_passed_passes(file: Path) -> None:
    store(file, good())
    assert judge_file(file).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda _: [], "timeline.jsonl: empty"),
        (lambda lines: lines[:-1], "timeline.jsonl, line {last}: cut short, the record was not"),
        (lambda lines: [*lines[:99], b"}{\n", *lines[99:]], "timeline.jsonl, line 100: damaged"),
        (lambda lines: [*lines, lines[-1][:9]], "timeline.jsonl, line {next}: cut short"),
        (lambda lines: lines[1:], "timeline.jsonl, line 1: does not tell what the record"),
        (lambda lines: lines * 2, "timeline.jsonl: two records in one file"),
        (
            lambda lines: [lines[0].replace(b'"format":2', b'"format":1'), *lines[1:]],
            "timeline.jsonl, line 1: of format 1, this reader knows 2",
        ),
    ],
    ids=["empty", "not closed", "garbage", "torn", "no beginning", "two", "another format"],
)
def test_a_damaged_record_is_invalid_and_the_line_is_named(
    file: Path, damage: Callable[[list[bytes]], list[bytes]], reason: str
) -> None:
    """Whatever it held: here it holds a broken promise."""
    lines = store(file, good(failure("web is nowhere", "cluster")))
    file.write_bytes(b"".join(damage(lines)))
    judgement = judge_file(file)
    assert (judgement.verdict, judgement.broken) == (Verdict.INVALID, ())
    [text] = judgement.reasons
    assert text.startswith(reason.format(last=len(lines) - 1, next=len(lines) + 1))


def test_a_record_that_is_not_there_is_invalid(file: Path) -> None:
    assert judge_file(file) == Judgement(
        Verdict.INVALID, unfit=("timeline.jsonl: cannot be read (No such file or directory)",)
    )


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
