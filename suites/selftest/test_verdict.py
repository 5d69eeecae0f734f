"""The same record gives the same verdict; each ground of a verdict can be provoked alone."""

import json
from typing import Any

import pytest

from harness.judge.judgement import Verdict
from harness.judge.measures.write_loss import record
from harness.judge.verdict import judge
from harness.record.timeline import Event
from suites.selftest.records import (
    asked,
    at_end,
    cut,
    fenced,
    line,
    look,
    members,
    noted,
    power,
    quorum,
    unseen,
    write,
)

WRITES = [write(number / 2, number) for number in range(1, 20)]


def store(*lacking: int) -> Event:
    found = [record(number) for number in range(1, 20) if number not in lacking]
    return Event(12.5, "ledger", "store", {"store": "web.redis", "found": found})


def end(**changed: Any) -> Event:
    shot = [{"target": "alpha", "status": "success"}]
    healthy = {"fencings": shot, "bans": [], "failures": []}
    return Event(11, "survey", "view", healthy | changed)


def limit(limit_s: float, guest: str = "web") -> Event:
    return noted(9, "objective", name="power_cut.recovery_time", guest=guest, limit_s=limit_s)


STRAY = [look(at_s, "bravo", runs="web", primary="") for at_s in (5, 5.3)]
RETURN = [unseen(3.7, "alpha"), look(5, "bravo"), look(6, "alpha", runs="web", boot="2")]
FAULT = cut(3.6, "alpha")
FAILED = noted(5, "failed", reason="web is nowhere")
FAILOVER = [members(3, "bravo"), fenced(3.9, "alpha"), look(4, "bravo", runs="web")]
HEALTHY = [
    *(look(0, "alpha", runs="web"), look(0, "bravo"), FAULT, power(3.7, "alpha"), *FAILOVER),
    *(*asked(away=range(41, 51)), *WRITES, limit(2), end(), noted(12, "mended"), store()),
    *at_end(),
]


def test_a_healthy_record_passes_and_tells_outage_phases_and_writes() -> None:
    said = judge(HEALTHY)
    assert (said.verdict, said.reasons) == (Verdict.PASS, ())
    assert str(said.outages["web"]) == "0.99 s (± 0.09 s)"
    assert [phase.end.what for phase in said.phases["web"]] == [
        *("fenced", "promoted", "started", "answer")
    ]
    assert said.acknowledged == {"web.redis": 19}
    assert str(said.losses["web.redis"]) == "no write lost"


def test_a_judgement_is_plain_enough_for_a_file() -> None:
    plain = judge(HEALTHY).plain()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["outages"] == {"web": {"length_s": 0.99, "resolution_s": 0.09, "over": True}}
    assert plain["refusals"] == plain["outages"]
    assert plain["silences"] == {"web": None}
    assert plain["phases"]["web"][0] == {
        "phase": "fault → fenced",
        "length_s": 0.3,
        "uncertainty_s": 0.0,
        "told_apart": True,
    }
    assert (plain["verdict"], plain["reasons"], plain["losses"]) == (
        *("pass", [], {"web.redis": "no write lost"}),
    )
    assert judge(asked()).plain()["outages"] == {"web": None}


@pytest.mark.parametrize(
    ("doctored", "reason"),
    [
        ([limit(0.4)], "power_cut.recovery_time: web was away for 0.99 s (± 0.09 s), allowed are"),
        ([FAILED], "web is nowhere"),
        ([look(5, "alpha", runs="web"), look(5, "bravo", runs="web")], "I1: web ran on"),
        ([look(5, "alpha"), look(5, "bravo"), fenced(6, "bravo")], "I3: the fencing of bravo"),
        ([quorum(3.8, "bravo", lost=True)], "I4: web began to run on bravo at 4.0 s without"),
        ([line(5, "bravo", "kernel", "Oops: 0002 [#1]")], "I9: bravo: kernel: Oops: 0002"),
        (STRAY, "I10: web ran on bravo at 5.0 s, its replica there not primary"),
        ([look(3.5, "bravo", runs="shop"), look(4, "bravo", runs="web")], "I11: shop had stopped"),
        (RETURN, "I12: web ran on alpha again at 6.0 s"),
        ([store(3)], "I5: web.redis: lost 1 (3)"),
        ([end(bans=["cli-prefer-web"])], "I8: left behind: cli-prefer-web"),
        (at_end(cibs="aba"), "I7: the nodes' CIBs differ: alpha a, bravo b, arbiter a"),
        (at_end(web=4096), "I7: web: its disk's copies differ at byte 4096"),
        ([end(fencings=[{"target": "bravo", "status": "success"}])], "I6: bravo was fenced"),
    ],
    ids=[
        *("too long away", "body failed", "two copies", "false fencing", "no quorum", "trouble"),
        *("not on its primary", "bystander", "failback"),
        *("lost write", "left behind", "unequal CIBs", "unequal disks", "wrong one shot"),
    ],
)
def test_what_the_cluster_broke_fails(doctored: list[Event], reason: str) -> None:
    record = sorted([*HEALTHY, *doctored], key=lambda event: event.at_s)
    said = judge(record)
    assert said.verdict is Verdict.FAIL
    assert said.reasons[0].startswith(reason)


def test_a_guest_that_did_not_come_back_kept_no_objective() -> None:
    gone = [e for e in asked(away=range(80, 200)) if e.at_s < 9.5]
    said = judge([FAULT, *gone, limit(60)])
    assert said.verdict is Verdict.FAIL
    assert "and not over, allowed are 60 s" in said.reasons[0]


def losing(limit: int, guest: str = "web") -> Event:
    detail = {"name": "power_cut.lost_writes", "guest": guest, "limit_writes": limit}
    return noted(9, "objective", **detail)


def test_lost_writes_beyond_the_objective_are_told_with_their_numbers() -> None:
    healthy = [event for event in HEALTHY if event.kind != "store"]
    said = judge([*healthy, store(3, 5), losing(1)])
    assert said.verdict is Verdict.FAIL
    told = "power_cut.lost_writes: acknowledged writes were lost, allowed are 1"
    assert said.reasons == (f"{told}: web.redis: lost 2 (3, 5)",)


def test_writes_that_an_objective_lets_be_lost_are_no_ground_but_all_else_is() -> None:
    healthy = [event for event in HEALTHY if event.kind != "store"]
    assert judge([*healthy, store(3, 5), losing(2)]).verdict is Verdict.PASS
    assert judge([*healthy, store(3), losing(1, "shop")]).reasons == ("I5: web.redis: lost 1 (3)",)
    torn = store(3)
    torn.detail["found"].append("3:")
    assert judge([*healthy, torn, losing(1)]).reasons == ("I5: web.redis: torn 1 (3:)",)


@pytest.mark.parametrize("met", [limit(0.99), limit(0.1, guest="shop")], ids=["met", "nobody's"])
def test_an_objective_that_was_kept_is_no_ground(met: Event) -> None:
    assert judge([*HEALTHY, met]).verdict is Verdict.PASS


SLOW = [write(n, n, took_s=1.75) for n in range(4)]
STARVED = [Event(n, "host", "pace", {"seconds": 1.0, "waited": {"alpha": 0.9}}) for n in range(10)]


@pytest.mark.parametrize(
    ("unfit", "reason"),
    [
        ([*HEALTHY, noted(5, "invalid", reason="it does not bite")], "it does not bite"),
        ([*HEALTHY, *STARVED], "alpha waited for a processor of this host for 90% of 5 s"),
        ([e for e in asked() if e.at_s < 0.09 or e.kind == "ping"], "web: the probe has 1 samples"),
        ([e for e in asked() if e.kind == "sample"], "web: the probe has 0 samples"),
        (
            [cut(1, "alpha"), *asked(), *WRITES[:1]],
            "web.redis: 0.2 writes a second were acknowledged",
        ),
        ([cut(5, "alpha"), *asked(), *SLOW], "web.redis: a write took 1.8 s before the fault"),
    ],
    ids=["said so", "starved", "few samples", "no echo", "few writes", "slow writes"],
)
def test_an_unfit_lab_is_invalid_whatever_else_was_seen(unfit: list[Event], reason: str) -> None:
    said = judge([FAILED, *unfit])
    assert said.verdict is Verdict.INVALID
    assert [text[: len(reason)] for text in said.reasons] == [reason]


def test_without_a_fault_nothing_needs_to_be_written() -> None:
    assert judge(asked()).verdict is Verdict.PASS


def test_a_fault_of_no_node_lets_nobody_be_fenced() -> None:
    """And no guest's outage is its failover, so it has no phases."""
    everywhere = noted(3.6, "injecting", fault="no target for the pings")
    said = judge([everywhere if event is FAULT else event for event in HEALTHY])
    assert said.reasons == ("I6: alpha was fenced, nobody meant it",)
    assert said.phases == {"web": []}


def test_a_cluster_that_was_not_mended_is_not_asked_for_leftovers() -> None:
    record = [FAULT, *asked(), *WRITES, FAILED, end(bans=["cli-ban-web"])]
    assert judge(record).reasons == ("web is nowhere",)


def test_lines_that_mean_nothing_change_nothing() -> None:
    noise = line(5, "alpha", "kernel", "br-lan: port 3(vnet1) entered blocking state")
    assert judge([*HEALTHY, noise]) == judge(HEALTHY)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("copies", "nobody looked whether CIBs and disks are equal in the end"),
        ("watch", "no look of the watch: nobody saw what ran where"),
        ("store", "web.redis: what it holds in the end could not be read"),
    ],
)
def test_what_was_not_seen_is_no_pass(kind: str, reason: str) -> None:
    said = judge([event for event in HEALTHY if event.kind != kind])
    assert said.verdict is Verdict.INVALID
    assert reason in said.reasons
