"""Every kind of event that a record may hold: observers write these types, all others read them.

A record begins with `Opened`, which carries the format version, and ends with `Closed`. Times are
monotonic seconds of this machine; a name that ends in `_s` is such a time or a length in seconds.
"""

from typing import Annotated

from pydantic import Field, TypeAdapter

from harness.record.events.base import FORMAT, Blame, Event, Moment, Part, Service, Step
from harness.record.events.client import (
    ClientEvent,
    HttpSample,
    IcmpSample,
    StoreRead,
    StoreUnread,
    Write,
)
from harness.record.events.machine import (
    Blind,
    ConsoleLine,
    HostLoad,
    MachineEvent,
    PowerChange,
    PowerState,
)
from harness.record.events.node import (
    AgentStarted,
    ClockReading,
    DomainChange,
    DrbdChange,
    GuestLoad,
    JournalLine,
    JournalRead,
    NodeEvent,
    NodeLook,
    Qemu,
)
from harness.record.events.state import (
    ClusterView,
    Configuration,
    CopiesCompared,
    NodeSurvey,
    StateEvent,
    Traces,
)
from harness.record.events.trial import (
    Closed,
    ConditionMet,
    ExpectedError,
    Failure,
    FaultInjecting,
    FaultStep,
    LossObjective,
    ObservationEnds,
    Opened,
    OutageObjective,
    PhaseObjective,
    Recovered,
    Settled,
    TrialEvent,
    Watching,
)

AnyEvent = Annotated[
    TrialEvent | ClientEvent | NodeEvent | MachineEvent | StateEvent,
    Field(discriminator="kind"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(AnyEvent)
"""Reads and writes one event as JSON."""

__all__ = [
    "EVENT",
    "FORMAT",
    "AgentStarted",
    "Blame",
    "Blind",
    "ClockReading",
    "Closed",
    "ClusterView",
    "ConditionMet",
    "Configuration",
    "ConsoleLine",
    "CopiesCompared",
    "DomainChange",
    "DrbdChange",
    "Event",
    "ExpectedError",
    "Failure",
    "FaultInjecting",
    "FaultStep",
    "GuestLoad",
    "HostLoad",
    "HttpSample",
    "IcmpSample",
    "JournalLine",
    "JournalRead",
    "LossObjective",
    "Moment",
    "NodeLook",
    "NodeSurvey",
    "ObservationEnds",
    "Opened",
    "OutageObjective",
    "Part",
    "PhaseObjective",
    "PowerChange",
    "PowerState",
    "Qemu",
    "Recovered",
    "Service",
    "Settled",
    "Step",
    "StoreRead",
    "StoreUnread",
    "Traces",
    "Watching",
    "Write",
]
