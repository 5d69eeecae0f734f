"""Records of observers that saw nothing, each of another kind, are invalid."""

import pytest

from harness.judge.judgement import Verdict
from harness.judge.verdict import judge
from harness.record.events import (
    AgentStarted,
    ClockReading,
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
    NodeSample,
    NodeSurvey,
    Opened,
    PowerState,
    StoreRead,
    Traces,
    Write,
)
from harness.record.timeline import Record
from suites.selftest.doctored import at, boot_of, changed, honest, with_events, without
from suites.selftest.judge.variations import Case, configured, copied, journal, of_last, starved


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
        if isinstance(event, NodeSample) and event.node == "bravo":
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
        lambda: cut_off("bravo", 0, NodeSample, DrbdChange),
        "node_agent saw nothing of bravo",
    ),
    "alpha's agent was never started again": (
        lambda: cut_off("alpha", 20, NodeSample, DrbdChange, AgentStarted),
        "node_agent saw nothing of alpha",
    ),
    "an agent that was started again and again": (
        lambda: with_events(
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
        lambda: with_events(
            journal(30, "bravo", "systemd-journald", "Suppressed 4312 messages from x")
        ),
        "the journal of bravo has a hole",
    ),
    "bravo's journal had no room": (
        lambda: with_events(
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
        "not observed: the configuration at the end of alpha",
    ),
    "nobody looked for what is left": (
        lambda: without(lambda e: isinstance(e, Traces) and e.moment == "end"),
        "not observed: the leftovers at the end of alpha",
    ),
    "no disk was compared": (lambda: dropped(CopiesCompared), "not observed: both copies"),
    "one guest's disk was left out": (
        lambda: of_last(CopiesCompared, differ={"web": None}),
        "not observed: both copies of the disk of shop",
    ),
    "a store was not read": (
        lambda: without(lambda e: isinstance(e, StoreRead) and e.store == "shop.file"),
        "not observed: the final content of shop.file",
    ),
    "nobody surveyed a node after the fault": (
        lambda: cut_off("bravo", 0, NodeSurvey),
        "not observed: the state after the fault of bravo",
    ),
    "the hypervisor was not asked": (lambda: dropped(PowerState), "the hypervisor was not asked"),
    "the hypervisor missed a change": (
        lambda: of_last(PowerState, on=False),
        "and no change of it was reported",
    ),
    "Corosync was not scheduled": (
        lambda: with_events(
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


@pytest.mark.parametrize("name", INVALID)
def test_a_blind_observer_makes_a_test_invalid(name: str) -> None:
    case, reason = INVALID[name]
    judgement = judge(case())
    assert judgement.verdict is Verdict.INVALID, judgement.reasons
    assert any(reason in text for text in judgement.unfit), judgement.unfit


def test_a_starved_lab_and_a_broken_promise_are_both_reported() -> None:
    judgement = judge(starved(copied(30, 60)))
    assert any("other processes took" in reason for reason in judgement.reasons)
