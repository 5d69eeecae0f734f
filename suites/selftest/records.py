"""Events as the observers note them, to make records of; all times in seconds."""

from collections.abc import Iterable, Sequence

from harness.record.entry import entry
from harness.record.events import (
    AgentStarted,
    Blind,
    ClockReading,
    Closed,
    ClusterView,
    Configuration,
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
    Traces,
    Watching,
    Write,
)
from harness.record.status import NodeStatus, Pacemaker
from harness.record.timeline import Record

NODES = {"alpha": "data", "bravo": "data", "arbiter": "arbitrator"}
STORES = ("web.redis", "web.file", "shop.redis", "shop.file")
RUN = "trial1"
OBSERVERS = {
    "http_probe": Watching(longest_hole_s=1, least_hz=10),
    "icmp_probe": Watching(longest_hole_s=1, least_hz=9),
    "write_workload": Watching(longest_hole_s=4),
    "node_agent": Watching(longest_hole_s=3),
    "journals": Watching(longest_hole_s=3),
    "power_log": Watching(longest_hole_s=1),
    "host_load": Watching(longest_hole_s=3),
    "final_state": Watching(longest_hole_s=60),
    "consoles": Watching(longest_hole_s=60),
}
FENCED = (
    "Operation 'reboot' targeting {0} by arbiter for pacemaker-controld.364@alpha: OK (complete)"
)


def opened(
    at_s: float = 0.0, *, token_s: float = 3, quorum_stop_s: float = 30, profile: str = "tcg"
) -> Opened:
    """What a record of the shipped cluster begins with."""
    return Opened(
        at_s=at_s,
        test="test_it",
        run=RUN,
        profile=profile,
        nodes=NODES,  # type: ignore[arg-type]  # literals in a dict
        guests=("web", "shop"),
        stores=STORES,
        observers=OBSERVERS,
        token_s=token_s,
        quorum_stop_s=quorum_stop_s,
    )


def record(*events: Event | Iterable[Event]) -> Record:
    """A record of these events, with a beginning, settled from the first moment, and closed."""
    flat = [e for part in events for e in ([part] if isinstance(part, Event) else part)]
    end_s = max((event.at_s for event in flat), default=1.0)
    return Record([opened(), Settled(at_s=0), *flat, Closed(at_s=end_s)])


def look(
    at_s: float,
    node: str,
    *,
    runs: str = "",
    primary: str | None = None,
    boot: str = "1",
    born_s: float | None = None,
    pids: Sequence[int] | None = None,
) -> NodeLook:
    """A node agent's look; a guest that runs there is primary there, unless stated."""
    guests = runs.split()
    numbers = pids or [sum(map(ord, guest)) for guest in guests]
    born = 0.0 if born_s is None else born_s
    return NodeLook(
        at_s=at_s,
        node=node,
        boot=boot,
        runs=tuple(
            Qemu(guest=g, pid=p, began_s=born) for g, p in zip(guests, numbers, strict=True)
        ),
        open=tuple(guests),
        primary=tuple((runs if primary is None else primary).split()),
    )


def looks(
    since_s: float, until_s: float, node: str, *, every_s: float = 1.0, **seen: object
) -> list[NodeLook]:
    """The same look again and again, from the first moment to the last."""
    count = int((until_s - since_s) / every_s) + 1
    return [look(since_s + n * every_s, node, **seen) for n in range(count)]  # type: ignore[arg-type]


def role(
    at_s: float,
    node: str,
    role: str,
    *,
    guest: str = "web",
    boot: str = "1",
    change: str = "change",
) -> DrbdChange:
    """DRBD's own event: the role of the guest's replica on that node."""
    return DrbdChange(
        at_s=at_s,
        node=node,
        boot=boot,
        guest=guest,
        change=change,
        what="resource",
        states={"role": role},
    )


def clock(
    at_s: float, node: str, uncertainty_s: float, *, boot: str = "1", offset_s: float = 0.0
) -> ClockReading:
    """How well the agent's reader knows that node's clock."""
    return ClockReading(
        at_s=at_s,
        node=node,
        boot=boot,
        reader="node_agent",
        offset_s=offset_s,
        uncertainty_s=uncertainty_s,
    )


def started(at_s: float, node: str, *, boot: str = "1") -> AgentStarted:
    """The node's agent was started."""
    return AgentStarted(at_s=at_s, node=node, boot=boot)


def line(
    at_s: float, node: str, who: str, text: str, *, boot: str = "1", priority: int = 6
) -> JournalLine:
    """A line of a node's journal."""
    return JournalLine(at_s=at_s, node=node, boot=boot, who=who, priority=priority, text=text)


def journal(node: str, since_s: float, until_s: float, *, boot: str = "1") -> JournalRead:
    """That life's journal was read, from and to these moments."""
    return JournalRead(at_s=until_s, node=node, boot=boot, since_s=since_s, until_s=until_s)


def members(at_s: float, node: str, *, boot: str = "1") -> JournalLine:
    """A new membership of two."""
    return line(at_s, node, "corosync", "  [QUORUM] Members[2]: 2 3", boot=boot)


def quorum(at_s: float, node: str, *, lost: bool = False, boot: str = "1") -> JournalLine:
    """A node has quorum from now on, or has lost it."""
    without = "non-primary component and will NOT provide any services."
    text = without if lost else "primary component and will provide service."
    return line(at_s, node, "corosync", f"  [QUORUM] This node is within the {text}", boot=boot)


def fenced(at_s: float, target: str, *, on: str = "bravo", boot: str = "1") -> JournalLine:
    """A node's Pacemaker confirms that the target was fenced."""
    return line(at_s, on, "pacemaker-fenced", f" notice: {FENCED.format(target)}", boot=boot)


def power(at_s: float, node: str, change: str = "stopped") -> PowerChange:
    """A change of power, as the hypervisor reports it."""
    return PowerChange(at_s=at_s, node=node, change=change)


def power_state(at_s: float, node: str, *, on: bool = True) -> PowerState:
    """The hypervisor's answer."""
    return PowerState(at_s=at_s, node=node, on=on)


def cut(at_s: float, node: str) -> FaultInjecting:
    """A fault: power cut."""
    return fault(at_s, node, name=f"power cut of {node}")


def fault(
    at_s: float, *victims: str, name: str = "fault", disturbs_guests: bool = True
) -> FaultInjecting:
    """A fault for which its victims may be fenced."""
    return FaultInjecting(
        at_s=at_s,
        fault=name,
        victims=victims,
        may_be_fenced=victims,
        disturbs_guests=disturbs_guests,
    )


def step(at_s: float, step: str, *, name: str = "fault") -> FaultStep:
    """What was proved of a fault, or done with it."""
    return FaultStep(at_s=at_s, fault=name, step=step)  # type: ignore[arg-type]


def sample(
    sent_s: float,
    *,
    good: bool = True,
    guest: str = "web",
    boot: str = "g1",
    took_s: float = 0.01,
) -> HttpSample:
    """One question over HTTP."""
    answered = sent_s + took_s if good else None
    return HttpSample(
        at_s=sent_s,
        guest=guest,
        connected_s=answered,
        answered_s=answered,
        boot=boot if good else "",
        problem=None if good else "ConnectTimeout",
    )


def ping(sent_s: float, *, good: bool = True, guest: str = "web") -> IcmpSample:
    """One echo."""
    return IcmpSample(at_s=sent_s, guest=guest, answered_s=sent_s + 0.001 if good else None)


def write(
    sent_s: float,
    number: int,
    *,
    good: bool = True,
    store: str = "web.redis",
    took_s: float = 0.1,
    held: int | None = None,
) -> Write:
    """One write."""
    acknowledged = sent_s + took_s if good else None
    return Write(
        at_s=sent_s,
        store=store,
        number=number,
        ended_s=sent_s + took_s,
        acknowledged_s=acknowledged,
        held=held,
    )


def holding(*numbers: int, store: str = "web.redis", at_s: float = 20.0) -> StoreRead:
    """What a store holds in the end."""
    return StoreRead(at_s=at_s, store=store, found=tuple(entry(RUN, store, n) for n in numbers))


def host_load(at_s: float, *, strangers: float = 0.0, stalled_s: float = 0.0) -> HostLoad:
    """A second of this machine's scheduler."""
    nodes = dict.fromkeys(NODES, 0.0)
    return HostLoad(
        at_s=at_s,
        seconds=1.0,
        waited=nodes,
        stalled_s=nodes | {"alpha": stalled_s},
        strangers=strangers,
        stolen=0.0,
    )


def view(at_s: float, pacemaker: Pacemaker) -> ClusterView:
    """The cluster as the arbitrator's Pacemaker reports it."""
    return ClusterView(at_s=at_s, node="arbiter", view=pacemaker)


def blind(at_s: float, observer: str, part: str) -> Blind:
    """An observer could not see."""
    return Blind(at_s=at_s, observer=observer, part=part, reason="no answer")


def configuration(at_s: float, node: str, moment: str, **elements: str) -> Configuration:
    """A node's configuration."""
    return Configuration(
        at_s=at_s,
        node=node,
        moment=moment,  # type: ignore[arg-type]
        elements=elements or {"options": "1"},
        files={"/etc/corosync/corosync.conf": "2"},
    )


def traces(at_s: float, node: str, moment: str, *found: str) -> Traces:
    """What may be left behind on a node."""
    return Traces(at_s=at_s, node=node, moment=moment, found=found)  # type: ignore[arg-type]


def copies(at_s: float, *, web: int | None = None) -> CopiesCompared:
    """Both copies of each disk, compared."""
    return CopiesCompared(at_s=at_s, differ={"web": web, "shop": None})


def recovered(at_s: float) -> Recovered:
    """The cluster is settled again."""
    return Recovered(at_s=at_s)


def survey(at_s: float, node: str, *guests: str, boot: str = "1") -> NodeSurvey:
    """A node's own answer, with the guests that have a process there."""
    return NodeSurvey(at_s=at_s, node=node, status=NodeStatus(boot, {}, guests))


def watched(until_s: float, *, since_s: float = 0.0) -> list[Event]:
    """What observers see of a cluster in which nothing happens: web on alpha, shop on bravo.

    Moments are sums of powers of two, so that a difference of two is exact.
    """
    length_s = until_s - since_s
    asked = [since_s + n / 16 for n in range(int(length_s * 16) + 1)]
    written = [since_s + n / 2 for n in range(int(length_s * 2) + 1)]
    seconds = [since_s + n for n in range(int(length_s) + 1)]
    return [
        *(ask(at_s, guest=g) for at_s in asked for g in ("web", "shop") for ask in (sample, ping)),
        *(write(at_s, n, store=s) for s in STORES for n, at_s in enumerate(written, start=1)),
        *(look(at_s, "alpha", runs="web") for at_s in seconds),
        *(look(at_s, "bravo", runs="shop") for at_s in seconds),
        *(host_load(at_s) for at_s in seconds),
    ]


def vouched(until_s: float) -> list[Event]:
    """What makes the observers' accounts whole: power, clocks and journals of every node."""
    return [
        event
        for node in NODES
        for event in (
            *(power_state(0, node), power_state(until_s, node)),
            *(clock(0, node, 0.01), clock(until_s, node, 0.01), journal(node, 0, until_s)),
        )
    ]
