"""What each node reports: its agent, without asking Pacemaker, and its journal."""

from typing import Literal

from pydantic import Field

from harness.record.events.base import Event, Part


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


NodeEvent = (
    AgentStarted
    | NodeLook
    | GuestLoad
    | DrbdChange
    | DomainChange
    | ClockReading
    | JournalLine
    | JournalRead
)
