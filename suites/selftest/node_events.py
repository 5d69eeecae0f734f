"""Events of nodes, of their hypervisor and of this machine. All times are in seconds."""

from collections.abc import Sequence

from harness.record.events import (
    AgentStarted,
    Blind,
    ClockReading,
    ClusterView,
    Configuration,
    CopiesCompared,
    DrbdChange,
    HostLoad,
    JournalLine,
    JournalRead,
    NodeSample,
    NodeSurvey,
    PowerChange,
    PowerState,
    Qemu,
    Traces,
)
from harness.record.status import NodeStatus, Pacemaker
from suites.selftest.records import NODES

FENCED = (
    "Operation 'reboot' targeting {0} by arbiter for pacemaker-controld.364@alpha: OK (complete)"
)


def node_sample(
    at_s: float,
    node: str,
    *,
    runs: str = "",
    primary: str | None = None,
    boot: str = "1",
    born_s: float | None = None,
    pids: Sequence[int] | None = None,
) -> NodeSample:
    """Return a sample of a node's agent.

    `runs` are the names of the guests that run there. Their replicas are primary there, unless
    `primary` names others.
    """
    guests = runs.split()
    numbers = pids or [sum(map(ord, guest)) for guest in guests]
    born = 0.0 if born_s is None else born_s
    return NodeSample(
        at_s=at_s,
        node=node,
        boot=boot,
        runs=tuple(
            Qemu(guest=g, pid=p, began_s=born) for g, p in zip(guests, numbers, strict=True)
        ),
        open=tuple(guests),
        primary=tuple((runs if primary is None else primary).split()),
    )


def node_samples(
    since_s: float, until_s: float, node: str, *, every_s: float = 1.0, **seen: object
) -> list[NodeSample]:
    """Return the same sample repeatedly, from the first moment to the last."""
    count = int((until_s - since_s) / every_s) + 1
    return [node_sample(since_s + n * every_s, node, **seen) for n in range(count)]  # type: ignore[arg-type]


def role(
    at_s: float,
    node: str,
    role: str,
    *,
    guest: str = "web",
    boot: str = "1",
    change: str = "change",
) -> DrbdChange:
    """Return DRBD's event for the role of a guest's replica on a node."""
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
    """Return a measurement of a node's clock by the reader of its agent."""
    return ClockReading(
        at_s=at_s,
        node=node,
        boot=boot,
        reader="node_agent",
        offset_s=offset_s,
        uncertainty_s=uncertainty_s,
    )


def started(at_s: float, node: str, *, boot: str = "1") -> AgentStarted:
    """Return the start of a node's agent."""
    return AgentStarted(at_s=at_s, node=node, boot=boot)


def line(
    at_s: float, node: str, who: str, text: str, *, boot: str = "1", priority: int = 6
) -> JournalLine:
    """Return a line of a node's journal."""
    return JournalLine(at_s=at_s, node=node, boot=boot, who=who, priority=priority, text=text)


def journal(node: str, since_s: float, until_s: float, *, boot: str = "1") -> JournalRead:
    """Return the event that a boot's journal was read between these moments."""
    return JournalRead(at_s=until_s, node=node, boot=boot, since_s=since_s, until_s=until_s)


def members(at_s: float, node: str, *, boot: str = "1") -> JournalLine:
    """Return Corosync's line for a new membership of two nodes."""
    return line(at_s, node, "corosync", "  [QUORUM] Members[2]: 2 3", boot=boot)


def joins(at_s: float, node: str, *, boot: str = "1") -> JournalLine:
    """Return the line of Pacemaker's controller when it has joined the cluster."""
    text = " notice: State transition S_PENDING -> S_NOT_DC"
    return line(at_s, node, "pacemaker-controld", text, boot=boot)


def quorum(at_s: float, node: str, *, lost: bool = False, boot: str = "1") -> JournalLine:
    """Return Corosync's line for gained or lost quorum."""
    without = "non-primary component and will NOT provide any services."
    text = without if lost else "primary component and will provide service."
    return line(at_s, node, "corosync", f"  [QUORUM] This node is within the {text}", boot=boot)


def fenced(at_s: float, target: str, *, on: str = "bravo", boot: str = "1") -> JournalLine:
    """Return Pacemaker's line on a node that confirms the fencing of the target."""
    return line(at_s, on, "pacemaker-fenced", f" notice: {FENCED.format(target)}", boot=boot)


def power(at_s: float, node: str, change: str = "stopped") -> PowerChange:
    """Return a change of power, reported by the hypervisor."""
    return PowerChange(at_s=at_s, node=node, change=change)


def power_state(at_s: float, node: str, *, on: bool = True) -> PowerState:
    """Return the hypervisor's answer whether a node has power."""
    return PowerState(at_s=at_s, node=node, on=on)


def host_load(at_s: float, *, strangers: float = 0.0, stalled_s: float = 0.0) -> HostLoad:
    """Return the host load of one second."""
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
    """Return the cluster's state, reported by the arbitrator's Pacemaker."""
    return ClusterView(at_s=at_s, node="arbiter", view=pacemaker)


def blind(at_s: float, observer: str, part: str) -> Blind:
    """Return a gap of an observer."""
    return Blind(at_s=at_s, observer=observer, part=part, reason="no answer")


def configuration(at_s: float, node: str, moment: str, **elements: str) -> Configuration:
    """Return a node's configuration."""
    return Configuration(
        at_s=at_s,
        node=node,
        moment=moment,  # type: ignore[arg-type]
        elements=elements or {"options": "1"},
        files={"/etc/corosync/corosync.conf": "2"},
    )


def traces(at_s: float, node: str, moment: str, *found: str) -> Traces:
    """Return the leftovers on a node."""
    return Traces(at_s=at_s, node=node, moment=moment, found=found)  # type: ignore[arg-type]


def copies(at_s: float, *, web: int | None = None) -> CopiesCompared:
    """Return the comparison of both replicas of each guest."""
    return CopiesCompared(at_s=at_s, differ={"web": web, "shop": None})


def survey(at_s: float, node: str, *guests: str, boot: str = "1") -> NodeSurvey:
    """Return a survey of a node with the guests that have a process there."""
    return NodeSurvey(at_s=at_s, node=node, status=NodeStatus(boot, {}, guests))
