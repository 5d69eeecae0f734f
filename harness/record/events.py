"""Every kind of event that a record may hold: observers write these types, all others read them.

A record begins with `Opened`, which carries the format version, and ends with `Closed`. Times are
monotonic seconds of this machine; a name that ends in `_s` is such a time or a length in seconds.
"""

import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from harness.record.status import NodeStatus, Pacemaker

FORMAT: Literal[2] = 2
"""Version of the record's format; a reader refuses any other."""
Service = Literal["reads", "writes"]
Moment = Literal["beginning", "end"]
Blame = Literal["cluster", "lab"]
Step = Literal["bites", "still bites", "lifted", "gone"]


class Part(BaseModel):
    """A frozen piece of an event: no unknown key, no number that is none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Event(Part):
    """Something that happened at one moment."""

    # Looked up at each call, so that a self-test can put its own clock there.
    at_s: float = Field(default_factory=lambda: time.monotonic(), ge=0)  # noqa: PLW0108


# The record itself.


class Watching(Part):
    """What an observer promises: how long it may see nothing of a part."""

    longest_hole_s: float = Field(gt=0)
    least_hz: float = Field(default=0.0, ge=0)
    """Of questions, in any ten seconds; 0 for an observer that does not ask at a rate."""


class Opened(Event):
    """The first event: what the record is about, and what the judge must know of the profile."""

    kind: Literal["opened"] = "opened"
    format: Literal[2] = FORMAT
    test: str
    run: str
    """Names this trial alone; every write carries it."""
    profile: str
    nodes: dict[str, Literal["data", "arbitrator"]]
    guests: tuple[str, ...]
    stores: tuple[str, ...]
    """`guest.kind`, as `web.redis`."""
    observers: dict[str, Watching]
    token_s: float = Field(gt=0)
    """Corosync's token time-out."""
    quorum_stop_s: float = Field(gt=0)
    """How long a guest may go on running on a node that lost its quorum."""


class Settled(Event):
    """The cluster is settled, all observers look: from here on nobody may be blind."""

    kind: Literal["settled"] = "settled"


class ObservationEnds(Event):
    """The observers are stopped from here on, one after the other; what they hold is read next."""

    kind: Literal["observation_ends"] = "observation_ends"


class Recovered(Event):
    """After the fault was lifted the cluster is settled again."""

    kind: Literal["recovered"] = "recovered"


class Failure(Event):
    """The test ended early, or could not be observed, and who is to blame."""

    kind: Literal["failure"] = "failure"
    reason: str
    blame: Blame


class Closed(Event):
    """The last event: the record is whole."""

    kind: Literal["closed"] = "closed"


# What the harness does and asks for.


class FaultInjecting(Event):
    """A fault begins."""

    kind: Literal["fault_injecting"] = "fault_injecting"
    fault: str
    victims: tuple[str, ...]
    """Nodes that it hits."""
    may_be_fenced: tuple[str, ...]
    """Nodes that may lose their power for it, each once."""
    disturbs_guests: bool = True
    """May guests on its victims stop or move for it?"""
    form: dict[str, JsonValue] = {}
    """The fault as `harness.faults.catalogue.read_fault` reads it back."""


class FaultStep(Event):
    """What was proved of a fault, or done with it, after its injection."""

    kind: Literal["fault_step"] = "fault_step"
    fault: str
    step: Step


class ConditionMet(Event):
    """Something that the test waited for came true."""

    kind: Literal["condition_met"] = "condition_met"
    sentence: str


class ExpectedError(Event):
    """Log lines that this test brings about, from this moment on."""

    kind: Literal["expected_error"] = "expected_error"
    pattern: str
    """Searched in `who: text`."""
    why: str


class OutageObjective(Event):
    """The outages of a guest's reads or writes that are allowed in this test."""

    kind: Literal["outage_objective"] = "outage_objective"
    name: str
    guest: str
    service: Service
    longest_s: float = Field(gt=0)
    """Of the longest one (RTO)."""
    further: int = Field(ge=0)
    """How many there may be beside the longest."""
    further_s: float = Field(ge=0)
    """The sum of those beside the longest."""


class LossObjective(Event):
    """How many acknowledged writes of a guest may be lost (RPO)."""

    kind: Literal["loss_objective"] = "loss_objective"
    name: str
    guest: str
    most: int = Field(ge=0)


class PhaseObjective(Event):
    """How long a phase of a guest's failover may take."""

    kind: Literal["phase_objective"] = "phase_objective"
    name: str
    guest: str
    ends_with: str
    """The moment that ends it: `membership`, `fenced`, `promoted`, `started`, `answer`."""
    longest_s: float = Field(gt=0)


# What clients see.


class HttpSample(Event):
    """One question over HTTP, sent at `at_s`."""

    kind: Literal["http_sample"] = "http_sample"
    guest: str
    connected_s: float | None
    answered_s: float | None
    """When the guest's own answer was complete; None for an error, a timeout, a stranger."""
    boot: str = ""
    """The guest's boot id, as its page gives it."""
    problem: str | None = None


class IcmpSample(Event):
    """One echo request, sent at `at_s`."""

    kind: Literal["icmp_sample"] = "icmp_sample"
    guest: str
    answered_s: float | None


class Write(Event):
    """One numbered write to a store, sent at `at_s`."""

    kind: Literal["write"] = "write"
    store: str
    number: int = Field(ge=1)
    ended_s: float
    """When the attempt came to its end, well or not."""
    acknowledged_s: float | None
    """None when the store refused it, was silent, or the connection broke."""
    held: int | None = None
    """How many records the store reported to hold as it acknowledged this one."""
    problem: str | None = None


class StoreRead(Event):
    """All that a store holds in the end, in its order."""

    kind: Literal["store_read"] = "store_read"
    store: str
    found: tuple[str, ...]


class StoreUnread(Event):
    """A store did not hand out what it holds in the end, though this machine could ask."""

    kind: Literal["store_unread"] = "store_unread"
    store: str
    problem: str


# What each data node's agent sees, without asking Pacemaker.


class Qemu(Part):
    """A QEMU process of a guest."""

    guest: str
    pid: int
    began_s: float
    """When the process was born."""


class AgentStarted(Event):
    """The node's agent was started, or started again."""

    kind: Literal["agent_started"] = "agent_started"
    node: str
    boot: str


class NodeLook(Event):
    """What was there on a data node at one moment."""

    kind: Literal["node_look"] = "node_look"
    node: str
    boot: str
    runs: tuple[Qemu, ...]
    """Each QEMU process; the same guest may be there twice."""
    open: tuple[str, ...]
    """Guests whose replicated device a QEMU process holds open."""
    primary: tuple[str, ...]
    """Guests whose replica is primary here."""

    @property
    def guests(self) -> frozenset[str]:
        """Guests with a process here."""
        return frozenset(process.guest for process in self.runs)


class GuestLoad(Event):
    """How a data node's scheduler has served a guest's processor, since its QEMU began."""

    kind: Literal["guest_load"] = "guest_load"
    node: str
    boot: str
    guest: str
    pid: int
    ran_s: float = Field(ge=0)
    waited_s: float = Field(ge=0)
    """For how long it could run and was not let; a wait is added when it is over."""


class DrbdChange(Event):
    """What DRBD's kernel part reports (`drbdsetup events2`)."""

    kind: Literal["drbd_change"] = "drbd_change"
    node: str
    boot: str
    guest: str
    change: str
    """exists, create, change, destroy, call, response"""
    what: str
    """resource, device, connection, peer-device, helper"""
    states: dict[str, str]


class DomainChange(Event):
    """What libvirt on the node reports of a guest (`virsh event`)."""

    kind: Literal["domain_change"] = "domain_change"
    node: str
    boot: str
    guest: str
    event: str
    detail: str


class ClockReading(Event):
    """A node's clock against this machine's: its epoch seconds less monotonic seconds here."""

    kind: Literal["clock_reading"] = "clock_reading"
    node: str
    boot: str
    reader: Literal["node_agent", "journals"]
    offset_s: float
    uncertainty_s: float = Field(ge=0)


# What nodes, this machine and its hypervisor report.


class JournalLine(Event):
    """A line of a node's journal."""

    kind: Literal["journal_line"] = "journal_line"
    node: str
    boot: str
    who: str
    priority: int = Field(ge=0, le=7)
    """syslog(3): 3 is an error, 7 is for debugging."""
    text: str


class JournalRead(Event):
    """A stretch of one life of a node of which every journal line was read."""

    kind: Literal["journal_read"] = "journal_read"
    node: str
    boot: str
    since_s: float
    until_s: float


class ConsoleLine(Event):
    """A line of a serial console of a node or a guest, noted when it was read."""

    kind: Literal["console_line"] = "console_line"
    machine: str
    text: str


class PowerState(Event):
    """Does a machine have power? As the hypervisor answers when it is asked."""

    kind: Literal["power_state"] = "power_state"
    node: str
    on: bool


class PowerChange(Event):
    """A change of a machine's power, as the hypervisor reports it."""

    kind: Literal["power_change"] = "power_change"
    node: str
    change: str
    """started, suspended, resumed, stopped, shut down, …"""


class HostLoad(Event):
    """How this machine's scheduler served the lab in the second that ends at `at_s`."""

    kind: Literal["host_load"] = "host_load"
    seconds: float = Field(gt=0)
    waited: dict[str, float]
    """By node: share of the time for which its processor could run and was not let."""
    stalled_s: dict[str, float]
    """By node: longest stretch for which its processor could run and did not run at all."""
    strangers: float
    """Share of this machine's processors that others took: not the lab, not the harness."""
    stolen: float
    """Share that the hypervisor under this machine took."""


class Blind(Event):
    """An observer could not see a part of what it watches."""

    kind: Literal["blind"] = "blind"
    observer: str
    part: str
    reason: str


class NodeSurvey(Event):
    """A node's own answer to the survey."""

    kind: Literal["node_survey"] = "node_survey"
    node: str
    status: NodeStatus


class ClusterView(Event):
    """The cluster as the Pacemaker of a quorate node reports it."""

    kind: Literal["cluster_view"] = "cluster_view"
    node: str
    view: Pacemaker


class Configuration(Event):
    """A node's configuration at the beginning or in the end."""

    kind: Literal["configuration"] = "configuration"
    moment: Moment
    node: str
    elements: dict[str, str]
    """Digest of each element of its CIB's configuration, by the element's id."""
    files: dict[str, str]
    """Digest of each other file that configures the cluster, by its path."""


class Traces(Event):
    """What may be left behind on a node: rules, load generators, fill files, fail counts, cores."""

    kind: Literal["traces"] = "traces"
    moment: Moment
    node: str
    found: tuple[str, ...]


class CopiesCompared(Event):
    """Both copies of each guest's disk, compared bit by bit."""

    kind: Literal["copies_compared"] = "copies_compared"
    differ: dict[str, int | None]
    """By guest: the first offset in bytes at which they differ, None when they are equal."""


AnyEvent = Annotated[
    Opened
    | Settled
    | ObservationEnds
    | Recovered
    | Failure
    | Closed
    | FaultInjecting
    | FaultStep
    | ConditionMet
    | ExpectedError
    | OutageObjective
    | LossObjective
    | PhaseObjective
    | HttpSample
    | IcmpSample
    | Write
    | StoreRead
    | StoreUnread
    | AgentStarted
    | NodeLook
    | GuestLoad
    | DrbdChange
    | DomainChange
    | ClockReading
    | JournalLine
    | JournalRead
    | ConsoleLine
    | PowerState
    | PowerChange
    | HostLoad
    | Blind
    | NodeSurvey
    | ClusterView
    | Configuration
    | Traces
    | CopiesCompared,
    Field(discriminator="kind"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(AnyEvent)
"""Reads and writes one event as JSON."""
