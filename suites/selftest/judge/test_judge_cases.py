"""Records that must not pass: each a kind of broken cluster, or of an observer that saw nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.judge.judgement import Verdict
from harness.judge.verdict import judge, judge_file
from harness.record.entry import entry
from harness.record.events import (
    EVENT,
    AgentStarted,
    ClockReading,
    Closed,
    ClusterView,
    Configuration,
    ConsoleLine,
    CopiesCompared,
    DrbdChange,
    Event,
    FaultInjecting,
    FaultStep,
    HostLoad,
    HttpSample,
    IcmpSample,
    JournalLine,
    JournalRead,
    NodeLook,
    NodeSurvey,
    Opened,
    PowerChange,
    PowerState,
    Qemu,
    Recovered,
    Settled,
    StoreRead,
    StoreUnread,
    Traces,
    Write,
)
from harness.record.journal_lines import confirmations
from harness.record.timeline import Record
from suites.selftest.doctored import (
    amid,
    at,
    boot_of,
    changed,
    honest,
    running,
    unacknowledged,
    unanswered,
    without,
)

Case = Callable[[], Record]


def end_s() -> float:
    """When the observers ended, in seconds after the fault."""
    return honest().observed_until_s - at(0)


def journal(after_s: float, node: str, who: str, text: str, *, priority: int = 6) -> JournalLine:
    boot = boot_of(node)
    return JournalLine(
        at_s=at(after_s), node=node, boot=boot, who=who, priority=priority, text=text
    )


def quorum(after_s: float, node: str, *, lost: bool) -> JournalLine:
    component = "non-primary" if lost else "primary"
    text = f"  [QUORUM] This node is within the {component} component"
    return journal(after_s, node, "corosync", text)


def power(after_s: float, node: str, change: str) -> PowerChange:
    return PowerChange(at_s=at(after_s), node=node, change=change)


def of_last(kind: type[Event], **update: object) -> Record:
    """The record with its last event of a type changed."""
    last = honest().of(kind)[-1]
    return changed(lambda e: e.model_copy(update=update) if e is last else e)


def view(**update: object) -> Record:
    """The record with its last view of the cluster changed."""
    last = honest().of(ClusterView)[-1]
    return of_last(ClusterView, view=replace(last.view, **update))  # type: ignore[arg-type]


def resource(**update: object) -> Record:
    """The record with web's resource changed in the last view of the cluster."""
    resources = honest().of(ClusterView)[-1].view.resources
    new = tuple(
        replace(r, **update) if r.name == "web" else r  # type: ignore[arg-type]
        for r in resources
    )
    return view(resources=new)


def member(name: str, **update: object) -> Record:
    members = honest().of(ClusterView)[-1].view.members
    return view(members=members | {name: replace(members[name], **update)})  # type: ignore[arg-type]


def of_store(store: str, found: tuple[str, ...]) -> Record:
    read = next(e for e in honest().of(StoreRead) if e.store == store)
    return changed(lambda e: e.model_copy(update={"found": found}) if e is read else e)


def in_store(store: str) -> tuple[str, ...]:
    return next(e for e in honest().of(StoreRead) if e.store == store).found


def copied(after_s: float, until_s: float) -> Record:
    """On bravo another process of web runs beside the first."""

    def change(event: Event) -> Event:
        in_time = at(after_s) <= event.at_s <= at(until_s)
        if isinstance(event, NodeLook) and event.node == "bravo" and in_time:
            twice = Qemu(guest="web", pid=31337, began_s=at(after_s))
            return event.model_copy(update={"runs": (*event.runs, twice)})
        return event

    return changed(change)


def confirmed_s() -> float:
    return min(line.at_s for line, _ in confirmations(honest())) - at(0)


def taken_over_early() -> Record:
    """Bravo's replica of web is primary 0.9 s before the fencing was confirmed."""
    early = DrbdChange(
        at_s=at(confirmed_s() - 0.9),
        node="bravo",
        boot=boot_of("bravo"),
        guest="web",
        change="change",
        what="resource",
        states={"role": "Primary"},
    )

    def change(event: Event) -> Event:
        if isinstance(event, NodeLook) and event.node == "bravo" and event.at_s > early.at_s:
            return event.model_copy(update={"primary": ("shop", "web")})
        return event

    return Record([*map(change, honest().events), early])


def starved(record: Record) -> Record:
    """The same in a lab that did not get this machine's processors for a while."""
    loads = [e for e in record.of(HostLoad) if at(5) < e.at_s < at(15)]
    return Record(
        e.model_copy(update={"strangers": 0.9}) if any(e is load for load in loads) else e
        for e in record.events
    )


def rebooted_in_place() -> Record:
    silent = unanswered("shop", 28, 40)

    def change(event: Event) -> Event | None:
        event = silent(event) or event
        if isinstance(event, HttpSample) and event.guest == "shop" and event.at_s >= at(40):
            return event.model_copy(update={"boot": "another"})
        return event

    return changed(change)


def configured(change: Callable[[dict[str, str]], dict[str, str]]) -> Record:
    """All nodes end with the same other configuration."""

    def new(event: Event) -> Event:
        if isinstance(event, Configuration) and event.moment == "end":
            return event.model_copy(update={"elements": change(dict(event.elements))})
        return event

    return changed(new)


def traced(text: str) -> Record:
    def new(event: Event) -> Event:
        if isinstance(event, Traces) and event.moment == "end" and event.node == "bravo":
            return event.model_copy(update={"found": (*event.found, text)})
        return event

    return changed(new)


def console(machine: str, text: str) -> Record:
    return amid(ConsoleLine(at_s=at(end_s()), machine=machine, text=text))


def back_on_alpha() -> Record:
    """web runs on alpha again in the end, and no more on bravo."""
    since_s = end_s() - 3

    def change(event: Event) -> Event | None:
        if isinstance(event, NodeLook) and event.at_s >= at(since_s):
            if event.node == "alpha":
                return None
            rest = tuple(q for q in event.runs if q.guest != "web")
            return event.model_copy(update={"runs": rest, "open": ("shop",), "primary": ("shop",)})
        return event

    events = changed(change).events
    boot = boot_of("alpha", last=True)
    return Record([*events, *running("alpha", ["web"], since_s, end_s(), boot=boot)])


def two_primaries(length_s: float) -> Record:
    """Alpha's replica of shop is primary too, for a moment, before it loses its power."""
    looks = {"node": "alpha", "boot": boot_of("alpha"), "guest": "shop", "change": "change"}
    begin, end = (
        DrbdChange(at_s=at(-1 + off), what="resource", states={"role": role}, **looks)  # type: ignore[arg-type]
        for off, role in ((0.0, "Primary"), (length_s, "Secondary"))
    )
    return amid(begin, end)


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
        lambda: amid(
            *running("alpha", ["web"], 55, 58, boot=boot_of("alpha", last=True)),
        ),
        "I1: web",
    ),
    "two primaries for 0.3 s": (lambda: two_primaries(0.3), "I2: shop"),
    "the arbitrator lost its power too": (
        lambda: amid(power(40, "arbiter", "stopped"), power(41, "arbiter", "started")),
        "I6: arbiter lost its power",
    ),
    "the bystander's node lost its power after the lift": (
        lambda: amid(power(45, "bravo", "stopped"), power(46, "bravo", "started")),
        "I6: bravo lost its power",
    ),
    "bravo kept its guests without quorum": (
        lambda: amid(quorum(12, "bravo", lost=True), quorum(55, "bravo", lost=False)),
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
        lambda: amid(
            journal(
                *(70, "bravo", "kernel"),
                "block drbd1: Online verify found 3 4k blocks out of sync!",
                priority=4,
            )
        ),
        "I9: bravo",
    ),
    "a severe line of a program nobody knows": (
        lambda: amid(journal(50, "bravo", "mydaemon", "it is over", priority=2)),
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
        "web.redis: does not hand out what it holds",
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


def dropped(*kinds: type[Event]) -> Record:
    return without(lambda e: isinstance(e, kinds))


def cut_off(name: str, since_s: float, *kinds: type[Event]) -> Record:
    """Events of these types about that part end."""
    return without(
        lambda e: (
            isinstance(e, kinds)
            and e.at_s > at(since_s)
            and name in {getattr(e, key, "") for key in ("guest", "store", "node")}
        )
    )


def thinned(kind: type[Event], keep: int) -> Record:
    """Only each so-manieth event of a type."""
    kept = {id(e) for e in honest().of(kind)[::keep]}
    return without(lambda e: isinstance(e, kind) and id(e) not in kept)


def stepped(by_s: float) -> Record:
    def change(event: Event) -> Event:
        if isinstance(event, ClockReading) and event.node == "bravo" and event.reader == "journals":
            return event.model_copy(update={"offset_s": event.offset_s + by_s})
        return event

    return changed(change)


def contradicted() -> Record:
    """The survey sees web on bravo all the time, the agent never."""

    def change(event: Event) -> Event:
        if isinstance(event, NodeLook) and event.node == "bravo":
            rest = tuple(q for q in event.runs if q.guest != "web")
            return event.model_copy(update={"runs": rest})
        return event

    return changed(change)


INVALID: dict[str, tuple[Case, str]] = {
    "no fault at all": (lambda: dropped(FaultInjecting, FaultStep), "no fault was injected"),
    "a fault that never bit": (lambda: dropped(FaultStep), "not proved that it bites"),
    "a fault that ended by itself": (
        lambda: without(lambda e: isinstance(e, FaultStep) and e.step == "still bites"),
        "still bites",
    ),
    "web was never asked": (
        lambda: without(lambda e: isinstance(e, HttpSample) and e.guest == "web"),
        "http_probe saw nothing of web",
    ),
    "the probe died": (lambda: cut_off("web", 20, HttpSample), "http_probe saw nothing of web"),
    "the echoes died": (lambda: cut_off("shop", 20, IcmpSample), "icmp_probe saw nothing of shop"),
    "the probe is sparse": (lambda: thinned(HttpSample, 3), "http_probe asked"),
    "the probe began late": (
        lambda: without(lambda e: isinstance(e, HttpSample) and e.at_s < honest().settled_s + 2),
        "http_probe saw nothing of web",
    ),
    "the writers stopped at the fault": (
        lambda: without(lambda e: isinstance(e, Write) and e.at_s > at(0)),
        "write_workload saw nothing of web.redis",
    ),
    "one writer stopped": (
        lambda: cut_off("shop.file", 30, Write),
        "write_workload saw nothing of shop.file",
    ),
    "bravo's agent was silent from the fault on": (
        lambda: cut_off("bravo", 0, NodeLook, DrbdChange),
        "node_agent saw nothing of bravo",
    ),
    "alpha's agent was never started again": (
        lambda: cut_off("alpha", 20, NodeLook, DrbdChange, AgentStarted),
        "node_agent saw nothing of alpha",
    ),
    "an agent that was started again and again": (
        lambda: amid(
            *(AgentStarted(at_s=at(10 * n), node="bravo", boot=boot_of("bravo")) for n in range(4))
        ),
        "node_agent on bravo was started",
    ),
    "agent and survey contradict each other": (contradicted, "contradict each other"),
    "nobody watched this machine": (lambda: dropped(HostLoad), "host_load saw nothing of alpha"),
    "an observer did not take part": (
        lambda: changed(
            lambda e: (
                e.model_copy(
                    update={
                        "observers": {k: v for k, v in e.observers.items() if k != "node_agent"}
                    }
                )
                if isinstance(e, Opened)
                else e
            )
        ),
        "node_agent did not take part",
    ),
    "bravo's journal has a hole": (
        lambda: amid(journal(30, "bravo", "systemd-journald", "Suppressed 4312 messages from x")),
        "the journal of bravo has a hole",
    ),
    "bravo's journal had no room": (
        lambda: amid(
            journal(
                *(30, "bravo", "systemd-journald"),
                "Failed to write entry (22 items, 700 bytes), ignoring: No space left on device",
            )
        ),
        "the journal of bravo has a hole",
    ),
    "no journal could be read": (
        lambda: dropped(JournalLine, JournalRead),
        "the journal of bravo was not read",
    ),
    "one node's journal could not be read": (
        lambda: cut_off("arbiter", -999, JournalRead),
        "the journal of arbiter was not read",
    ),
    "bravo's clock was stepped": (lambda: stepped(90), "the clock of bravo was stepped by 90"),
    "bravo's clock was stepped back": (lambda: stepped(-2), "the clock of bravo was stepped by 2"),
    "no node's configuration was seen": (
        lambda: configured(lambda _: {}),
        "nobody saw the configuration at the end of alpha",
    ),
    "nobody looked for what is left": (
        lambda: without(lambda e: isinstance(e, Traces) and e.moment == "end"),
        "nobody saw what is left behind at the end of alpha",
    ),
    "no disk was compared": (lambda: dropped(CopiesCompared), "nobody saw both copies"),
    "one guest's disk was left out": (
        lambda: of_last(CopiesCompared, differ={"web": None}),
        "nobody saw both copies of the disk of shop",
    ),
    "a store was not read": (
        lambda: without(lambda e: isinstance(e, StoreRead) and e.store == "shop.file"),
        "nobody saw what the store holds in the end of shop.file",
    ),
    "nobody surveyed a node after the fault": (
        lambda: cut_off("bravo", 0, NodeSurvey),
        "nobody saw the state after the fault of bravo",
    ),
    "the hypervisor was not asked": (lambda: dropped(PowerState), "the hypervisor was not asked"),
    "the hypervisor missed a change": (
        lambda: of_last(PowerState, on=False),
        "and no change of it was reported",
    ),
    "Corosync was not scheduled": (
        lambda: amid(
            journal(
                *(8, "bravo", "corosync"),
                "  [MAIN  ] Corosync main process was not scheduled (@1) for 2890.1 ms "
                "(threshold is 2400.0 ms). Consider token timeout increase.",
            )
        ),
        "bravo: Corosync was not scheduled for 2.9 s",
    ),
    "the lab starved": (lambda: starved(honest()), "other processes took 90%"),
}


def test_the_honest_record_passes() -> None:
    judgement = judge(honest())
    assert (judgement.verdict, judgement.reasons) == (Verdict.PASS, ())


@pytest.mark.parametrize("name", FAIL)
def test_a_broken_promise_fails(name: str) -> None:
    case, reason = FAIL[name]
    judgement = judge(case())
    assert judgement.verdict is Verdict.FAIL, judgement.reasons
    assert any(reason in text for text in judgement.broken), judgement.broken


@pytest.mark.parametrize("name", INVALID)
def test_a_blind_observer_makes_a_test_invalid(name: str) -> None:
    case, reason = INVALID[name]
    judgement = judge(case())
    assert judgement.verdict is Verdict.INVALID, judgement.reasons
    assert any(reason in text for text in judgement.unfit), judgement.unfit


def test_a_starved_lab_and_a_broken_promise_are_both_reported() -> None:
    judgement = judge(starved(copied(30, 60)))
    assert any("other processes took" in reason for reason in judgement.reasons)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda _: [], "empty"),
        (lambda lines: lines[: len(lines) // 2], "cut short"),
        (lambda lines: [*lines[:50], b"garbage", *lines[50:]], "line 51: damaged"),
        (lambda lines: lines[1:], "line 1: does not tell"),
        (lambda lines: lines[:-1], "cut short, the record was not closed"),
        (lambda lines: [lines[0].replace(b'"format":2', b'"format":1'), *lines[1:]], "of format 1"),
        (lambda lines: [*lines, *lines], "two records"),
    ],
)
def test_a_damaged_record_is_invalid(
    damage: Callable[[list[bytes]], list[bytes]], reason: str, tmp_path: Path
) -> None:
    events = [e for e in honest().events if not isinstance(e, Opened | Closed)]
    whole = [honest().opened, *events, honest().of(Closed)[0]]
    lines = damage([EVENT.dump_json(event) for event in whole])
    file = tmp_path / "timeline.jsonl"
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    judgement = judge_file(file)
    assert judgement.verdict is Verdict.INVALID
    assert reason in judgement.unfit[0]


def test_what_the_record_begins_and_ends_with_is_needed() -> None:
    """The doctored records above differ from the honest one by what they state, not by these."""
    assert honest().of(Settled)
    assert honest().of(Recovered)
