"""The types of events in a record.

Observers and faults write them; the judge and the report read them. A record begins with `Opened`,
which carries the format version, and ends with `Closed`. Times are monotonic seconds of this
machine. A field whose name ends in `_s` holds such a time, or a duration in seconds.
"""

from typing import Annotated

from pydantic import Field, TypeAdapter

from harness.record.events.base import FORMAT, Blame, Event, Moment, Part, Service, Step
from harness.record.events.client import (
    ClientEvent,
    HttpHeld,
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
    NodeSample,
    Qemu,
    StreamOpened,
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
    FencingAllowed,
    KnownGap,
    LossObjective,
    ObservationEnds,
    Opened,
    OutageObjective,
    PhaseObjective,
    Recovered,
    RedundancyObjective,
    Settled,
    TrialEvent,
    Triggered,
    Watching,
)

AnyEvent = Annotated[
    TrialEvent | ClientEvent | NodeEvent | MachineEvent | StateEvent,
    Field(discriminator="kind"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(AnyEvent)
"""Converts one event from and to JSON."""

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
    "FencingAllowed",
    "GuestLoad",
    "HostLoad",
    "HttpHeld",
    "HttpSample",
    "IcmpSample",
    "JournalLine",
    "JournalRead",
    "KnownGap",
    "LossObjective",
    "Moment",
    "NodeSample",
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
    "RedundancyObjective",
    "Service",
    "Settled",
    "Step",
    "StoreRead",
    "StoreUnread",
    "StreamOpened",
    "Traces",
    "Triggered",
    "Watching",
    "Write",
]
