"""Variants of the record of a real power cut, with one change each."""

from collections.abc import Callable
from dataclasses import replace

from harness.record.events import (
    ClusterView,
    Configuration,
    ConsoleLine,
    DrbdChange,
    Event,
    HostLoad,
    HttpSample,
    JournalLine,
    NodeSample,
    PowerChange,
    Qemu,
    StoreRead,
    Traces,
)
from harness.record.journal_lines import confirmations
from harness.record.timeline import Record
from suites.selftest.doctored import at, boot_of, changed, honest, running, unanswered, with_events

Case = Callable[[], Record]


def end_s() -> float:
    """Return the end of the observation, in seconds after the fault."""
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
    """Return the record with its last event of a type changed."""
    last = honest().of(kind)[-1]
    return changed(lambda e: e.model_copy(update=update) if e is last else e)


def view(**update: object) -> Record:
    """Return the record with its last view of the cluster changed."""
    last = honest().of(ClusterView)[-1]
    return of_last(ClusterView, view=replace(last.view, **update))  # type: ignore[arg-type]


def resource(**update: object) -> Record:
    """Return the record with web's resource changed in the last view of the cluster."""
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
    """Return the record with a second process of web on bravo beside the first."""

    def change(event: Event) -> Event:
        in_time = at(after_s) <= event.at_s <= at(until_s)
        if isinstance(event, NodeSample) and event.node == "bravo" and in_time:
            twice = Qemu(guest="web", pid=31337, began_s=at(after_s))
            return event.model_copy(update={"runs": (*event.runs, twice)})
        return event

    return changed(change)


def confirmed_s() -> float:
    return min(line.at_s for line, _ in confirmations(honest())) - at(0)


def taken_over_early() -> Record:
    """Return the record with bravo's replica of web primary 0.9 s before fencing is confirmed."""
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
        if isinstance(event, NodeSample) and event.node == "bravo" and event.at_s > early.at_s:
            return event.model_copy(update={"primary": ("shop", "web")})
        return event

    return Record([*map(change, honest().events), early])


def starved(record: Record) -> Record:
    """Return the record with other processes using this machine's processors for 10 s."""
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
    """Return the record with another configuration on all nodes at the end."""

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
    return with_events(ConsoleLine(at_s=at(end_s()), machine=machine, text=text))


def back_on_alpha() -> Record:
    """Return the record with web on alpha again at the end, and not on bravo."""
    since_s = end_s() - 3

    def change(event: Event) -> Event | None:
        if isinstance(event, NodeSample) and event.at_s >= at(since_s):
            if event.node == "alpha":
                return None
            rest = tuple(q for q in event.runs if q.guest != "web")
            return event.model_copy(update={"runs": rest, "open": ("shop",), "primary": ("shop",)})
        return event

    events = changed(change).events
    boot = boot_of("alpha", last=True)
    return Record([*events, *running("alpha", ["web"], since_s, end_s(), boot=boot)])


def two_primaries(length_s: float) -> Record:
    """Return the record with alpha's replica of shop also primary, from 1 s before the fault."""
    fields = {"node": "alpha", "boot": boot_of("alpha"), "guest": "shop", "change": "change"}
    begin, end = (
        DrbdChange(at_s=at(-1 + after_s), what="resource", states={"role": role}, **fields)  # type: ignore[arg-type]
        for after_s, role in ((0.0, "Primary"), (length_s, "Secondary"))
    )
    return with_events(begin, end)
