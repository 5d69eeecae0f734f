"""Validity: the reasons why a record says nothing about the cluster."""

from collections.abc import Iterable, Iterator

from harness.judge.coverage import holes
from harness.judge.fitness import corosync_not_scheduled, host_unfit
from harness.judge.invariants.boots import losses_of_power
from harness.judge.measures.write_loss import slow_writes, too_few_writes, unrecorded_writes
from harness.judge.objectives import unmeasured
from harness.judge.reliability import unreliable
from harness.record.events import (
    ClusterView,
    Configuration,
    CopiesCompared,
    Failure,
    FaultInjecting,
    FaultStep,
    HostLoad,
    NodeSurvey,
    Recovered,
    Settled,
    StoreRead,
    StoreUnread,
    Traces,
)
from harness.record.timeline import Record


def unfit(record: Record) -> Iterator[str]:
    """Yield every reason why the test is invalid, in one line each."""
    yield from (f.reason for f in record.of(Failure) if f.blame == "lab")
    observed = [load for load in record.of(HostLoad) if load.at_s >= record.settled_s]
    yield from host_unfit(observed, record.opened.token_s)
    if record.of(Settled):
        yield from _unobserved(record)
    elif not record.of(Failure):
        yield "the test did not begin: the cluster was not settled"


def _unobserved(record: Record) -> Iterator[str]:
    """Yield what was not observed, or not reliably, in a test that has begun."""
    yield from corosync_not_scheduled(record)
    yield from faults_unproved(record)
    yield from holes(record)
    yield from unreliable(record)
    yield from _writes(record)
    if record.of(Recovered):  # a test that failed ends before everything is measured
        yield from unmeasured(record)
    yield from _final_state(record)


def faults_unproved(record: Record) -> Iterator[str]:
    """Yield each missing proof: that a fault was injected, bit, still bit at the end, is gone."""
    if not record.faults and not any(f.blame == "cluster" for f in record.of(Failure)):
        yield "no fault was injected"
    ended_well = bool(record.of(Recovered))
    for fault in record.faults:
        steps = [s.step for s in record.of(FaultStep) if s.fault == fault.fault]
        if "bites" not in steps:
            yield f"{fault.fault}: it was not proved that it bites"
        elif (
            "still bites" not in steps
            and ("lifted" in steps or ended_well)
            and not _ended(record, fault)
        ):
            yield f"{fault.fault}: it was not proved that it still bites before it was lifted"
        elif ended_well and not {"lifted", "gone"} <= set(steps):
            yield f"{fault.fault}: it was not proved that it is gone"


def _ended(record: Record, fault: FaultInjecting) -> bool:
    """Return whether the fault ended with the fencing of a victim, by the hypervisor's report."""
    lifted_s = [
        s.at_s for s in record.of(FaultStep) if (s.fault, s.step) == (fault.fault, "lifted")
    ]
    until_s = min(lifted_s, default=record.end_s)
    return fault.ends_with_boot and any(
        fault.at_s <= loss.at_s <= until_s
        for node in fault.victims
        for loss in losses_of_power(record, node)
    )


def _writes(record: Record) -> Iterator[str]:
    """Yield why a lost write might not have been detected."""
    for store in record.opened.stores:
        if reason := too_few_writes(record, store) or slow_writes(record, store):
            yield f"{store}: {reason}"
    for store in record.opened.stores:
        if numbers := unrecorded_writes(record, store):
            yield f"{store} holds {len(numbers)} writes of this test that are not on record"


def _final_state(record: Record) -> Iterator[str]:
    """Yield the parts of the final state that were not observed though the cluster recovered."""
    if not (recovered := record.of(Recovered)):
        return
    nodes = set(record.opened.nodes)
    for moment in ("beginning", "end"):
        configured = {e.node for e in record.of(Configuration) if e.moment == moment and e.elements}
        searched = {e.node for e in record.of(Traces) if e.moment == moment}
        yield from _missing(f"the configuration at the {moment}", nodes - configured)
        yield from _missing(f"the leftovers at the {moment}", nodes - searched)
    compared = {guest for e in record.of(CopiesCompared) for guest in e.differ}
    yield from _missing("both copies of the disk", set(record.opened.guests) - compared)
    read = {e.store for e in record.of(StoreRead)} | {e.store for e in record.of(StoreUnread)}
    yield from _missing("the final content", set(record.opened.stores) - read)
    last_fault_s = max((e.at_s for e in record.of(FaultInjecting)), default=0.0)
    surveyed = {e.node for e in record.of(NodeSurvey) if last_fault_s < e.at_s}
    yield from _missing("the state after the fault", nodes - surveyed)
    if not any(last_fault_s < e.at_s <= recovered[-1].at_s for e in record.of(ClusterView)):
        yield "not observed: the cluster's own view after the fault"


def _missing(what: str, names: Iterable[str]) -> Iterator[str]:
    for name in sorted(names):
        yield f"not observed: {what} of {name}"
