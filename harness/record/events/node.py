"""Observations of the agent on each data node, which does not ask Pacemaker; journals; clocks."""

from typing import Literal

from pydantic import Field

from harness.record.events.base import Event, Part


class Qemu(Part):
    """A QEMU process of a guest."""

    guest: str
    pid: int
    began_s: float
    """When the process started."""


class AgentStarted(Event):
    """The harness started the node's agent, for the first time or again."""

    kind: Literal["agent_started"] = "agent_started"
    node: str
    boot: str


class StreamOpened(Event):
    """The node's agent opened a stream of events again, which had ended."""

    kind: Literal["stream_opened"] = "stream_opened"
    node: str
    boot: str
    stream: str
    """`drbd` or `libvirt`."""


class NodeSample(Event):
    """The guests and replicas on a data node at one moment."""

    kind: Literal["node_look"] = "node_look"  # its name in stored records of format 2
    node: str
    boot: str
    runs: tuple[Qemu, ...]
    """Each QEMU process. A guest that runs twice is listed twice."""
    open: tuple[str, ...]
    """Guests whose DRBD device is held open by a QEMU process."""
    primary: tuple[str, ...]
    """Guests whose replica is primary on this node."""

    @property
    def guests(self) -> frozenset[str]:
        """Guests with a QEMU process on this node."""
        return frozenset(process.guest for process in self.runs)


class GuestLoad(Event):
    """Run time and wait of a guest's virtual processor since its QEMU process started."""

    kind: Literal["guest_load"] = "guest_load"
    node: str
    boot: str
    guest: str
    pid: int
    ran_s: float = Field(ge=0)
    waited_s: float = Field(ge=0)
    """Time for which it was ready to run and did not run. The kernel adds a wait when it ends."""


class DrbdChange(Event):
    """An event of the DRBD kernel module (`drbdsetup events2`)."""

    kind: Literal["drbd_change"] = "drbd_change"
    node: str
    boot: str
    guest: str
    change: str
    """One of exists, create, change, destroy, call, response."""
    what: str
    """One of resource, device, connection, peer-device, helper."""
    states: dict[str, str]


class DomainChange(Event):
    """An event of libvirt on the node about a guest (`virsh event`)."""

    kind: Literal["domain_change"] = "domain_change"
    node: str
    boot: str
    guest: str
    event: str
    detail: str


class ClockReading(Event):
    """An offset of a node's clock: its epoch seconds minus the monotonic seconds here."""

    kind: Literal["clock_reading"] = "clock_reading"
    node: str
    boot: str
    reader: Literal["node_agent", "journals"]
    offset_s: float
    uncertainty_s: float = Field(ge=0)


class JournalLine(Event):
    """A line of a node's journal."""

    kind: Literal["journal_line"] = "journal_line"
    node: str
    boot: str
    who: str
    priority: int = Field(ge=0, le=7)
    """Severity of syslog(3): 3 is an error, 7 is a debug message."""
    text: str


class JournalRead(Event):
    """A period of one boot of a node of which every journal line was read."""

    kind: Literal["journal_read"] = "journal_read"
    node: str
    boot: str
    since_s: float
    until_s: float


NodeEvent = (
    AgentStarted
    | StreamOpened
    | NodeSample
    | GuestLoad
    | DrbdChange
    | DomainChange
    | ClockReading
    | JournalLine
    | JournalRead
)
