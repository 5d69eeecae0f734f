"""Records of broken clusters, each of another kind, fail."""

import pytest

from harness.judge.judgement import Verdict
from harness.judge.verdict import judge
from harness.record.entry import entry
from harness.record.events import CopiesCompared, StoreRead, StoreUnread
from suites.selftest.doctored import (
    boot_of,
    changed,
    honest,
    running,
    unacknowledged,
    unanswered,
    with_events,
)
from suites.selftest.judge.variations import (
    Case,
    back_on_alpha,
    configured,
    console,
    copied,
    end_s,
    in_store,
    journal,
    member,
    of_last,
    of_store,
    power,
    quorum,
    rebooted_in_place,
    resource,
    starved,
    taken_over_early,
    traced,
    two_primaries,
    view,
)

FAIL: dict[str, tuple[Case, str]] = {
    # Cases of public reports and of reviews, and others of their kinds.
    "shop took no write": (
        lambda: changed(unacknowledged("shop", 0, end_s() - 4)),
        "power_cut.bystander shop.redis writes",
    ),
    "shop takes no write in the end": (
        lambda: changed(unacknowledged("shop", 40, 999)),
        "shop.redis writes: an outage",
    ),
    "web never takes a write again": (
        lambda: changed(unacknowledged("web", 0, 999)),
        "web.redis: no write was acknowledged after the last fault",
    ),
    "web was gone again in the end": (
        lambda: changed(unanswered("web", end_s() - 8, 999)),
        "web reads: an outage",
    ),
    "web was gone four times": (
        lambda: changed(
            lambda e: unanswered("web", 40, 42)(
                unanswered("web", 45, 47)(unanswered("web", 50, 52)(e) or e) or e
            )
        ),
        "power_cut.hit web reads",
    ),
    "taken over 0.9 s too early": (taken_over_early, "I3: web"),
    "web ran twice on one node": (lambda: copied(40, 60), "I1: web"),
    "web ran twice on two nodes": (
        lambda: with_events(
            *running("alpha", ["web"], 55, 58, boot=boot_of("alpha", last=True)),
        ),
        "I1: web",
    ),
    "two primaries for 0.3 s": (lambda: two_primaries(0.3), "I2: shop"),
    "the arbitrator lost its power too": (
        lambda: with_events(power(40, "arbiter", "stopped"), power(41, "arbiter", "started")),
        "I6: arbiter lost its power",
    ),
    "the bystander's node lost its power after the lift": (
        lambda: with_events(power(45, "bravo", "stopped"), power(46, "bravo", "started")),
        "I6: bravo lost its power",
    ),
    "bravo kept its guests without quorum": (
        lambda: with_events(quorum(12, "bravo", lost=True), quorum(55, "bravo", lost=False)),
        "I4: ",
    ),
    "shop rebooted in place": (rebooted_in_place, "I11: shop"),
    "left in maintenance": (lambda: view(maintenance=True), "I7: "),
    "a node left in standby": (lambda: member("alpha", standby=True), "I7: "),
    "a node left in its own maintenance": (lambda: member("alpha", maintenance=True), "I7: "),
    "a resource left unmanaged": (lambda: resource(managed=False), "I7: "),
    "a resource left blocked": (lambda: resource(blocked=True), "I7: "),
    "a resource left stopped": (lambda: resource(role="Stopped", nodes=()), "I7: "),
    "no DC in the end": (lambda: view(dc=None), "I7: "),
    "a fence device is gone from all": (
        lambda: configured(lambda c: {k: v for k, v in c.items() if k != "fence-bravo"}),
        "I7: ",
    ),
    "a setting is another one on all": (
        lambda: configured(lambda c: c | {"stonith-enabled": "other"}),
        "I7: ",
    ),
    "a move's constraint is left": (
        lambda: configured(lambda c: c | {"cli-prefer-web": "1"}),
        "I8: ",
    ),
    "a fail count is left": (lambda: traced("fail-count-web#monitor_10000 on bravo: 2"), "I8: "),
    "a rule is left": (lambda: traced("nft: drop"), "I8: "),
    "copies of a disk differ": (
        lambda: of_last(CopiesCompared, differ={"web": 4096, "shop": None}),
        "I7: ",
    ),
    "verification found blocks out of sync": (
        lambda: with_events(
            journal(
                *(70, "bravo", "kernel"),
                "block drbd1: Online verify found 3 4k blocks out of sync!",
                priority=4,
            )
        ),
        "I9: bravo",
    ),
    "a severe line of a program nobody knows": (
        lambda: with_events(journal(50, "bravo", "mydaemon", "it is over", priority=2)),
        "I9: bravo: mydaemon",
    ),
    "a guest's kernel died": (lambda: console("bravo-shop", "[  9.1] Kernel panic - dead"), "I9: "),
    "a lost write": (lambda: of_store("web.redis", in_store("web.redis")[:-9]), "lost"),
    "a write is there twice": (
        lambda: of_store("web.file", (*in_store("web.file"), in_store("web.file")[-1])),
        "I5: web.file",
    ),
    "another store's write": (
        lambda: of_store(
            "web.file",
            (*in_store("web.file"), entry(honest().opened.run, "shop.file", 1)),
        ),
        "I5: web.file",
    ),
    "another trial's write": (
        lambda: of_store("web.file", (entry("other", "web.file", 1), *in_store("web.file"))),
        "I5: web.file",
    ),
    "a store is gone in the end": (
        lambda: changed(
            lambda e: (
                StoreUnread(at_s=e.at_s, store=e.store, problem="ConnectionRefusedError")
                if isinstance(e, StoreRead) and e.store == "web.redis"
                else e
            )
        ),
        "web.redis: cannot be read at the end",
    ),
    "web went back": (back_on_alpha, "I12: web"),
    "twice for a minute, in a lab that starved once": (
        lambda: starved(copied(30, 60)),
        "I1: web",
    ),
    "a lost write, in a lab that starved once": (
        lambda: starved(of_store("shop.file", in_store("shop.file")[1:])),
        "lost",
    ),
}


@pytest.mark.parametrize("name", FAIL)
def test_a_broken_promise_fails(name: str) -> None:
    case, reason = FAIL[name]
    judgement = judge(case())
    assert judgement.verdict is Verdict.FAIL, judgement.reasons
    assert any(reason in text for text in judgement.broken), judgement.broken
