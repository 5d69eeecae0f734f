"""Progress of a test, actions of the harness, and the objectives of the test."""

from typing import Literal

from pydantic import Field, JsonValue

from harness.record.events.base import FORMAT, Blame, Event, Part, Service, Step


class Watching(Part):
    """The limits of an observer: how long a gap may be, and the rate that it keeps."""

    longest_hole_s: float = Field(gt=0)
    """Longest time without an observation of a part."""
    least_hz: float = Field(default=0.0, ge=0)
    """Lowest rate of requests over any ten seconds; 0 for an observer without a fixed rate."""


class Opened(Event):
    """The first event: the test, the cluster, and the settings that the judge needs."""

    kind: Literal["opened"] = "opened"
    format: Literal[2] = FORMAT
    test: str
    run: str
    """Unique name of this trial. Every write carries it."""
    profile: str
    nodes: dict[str, Literal["data", "arbitrator"]]
    guests: tuple[str, ...]
    stores: tuple[str, ...]
    """Each as `guest.kind`, for example `web.redis`."""
    observers: dict[str, Watching]
    token_s: float = Field(gt=0)
    """Corosync's token time-out."""
    quorum_stop_s: float = Field(gt=0)
    """Longest time for which a guest may keep running on a node that lost quorum."""
    memory_ns: float = Field(default=0.0, ge=0)
    """Latency of memory, as in `HostLoad`, of the machine on which the objectives were measured; 0
    if a slower machine excuses nothing."""


class Settled(Event):
    """The cluster is settled and all observers run. From now on a gap counts."""

    kind: Literal["settled"] = "settled"


class ObservationEnds(Event):
    """The harness begins to stop the observers, and then collects what they hold."""

    kind: Literal["observation_ends"] = "observation_ends"


class Recovered(Event):
    """The cluster has settled again after the fault was lifted."""

    kind: Literal["recovered"] = "recovered"


class Failure(Event):
    """The test ended early or could not be observed; `blame` says whose failure that is."""

    kind: Literal["failure"] = "failure"
    reason: str
    blame: Blame


class Closed(Event):
    """The last event: the record is complete."""

    kind: Literal["closed"] = "closed"


class FaultInjecting(Event):
    """The harness is about to inject a fault."""

    kind: Literal["fault_injecting"] = "fault_injecting"
    fault: str
    victims: tuple[str, ...]
    """Nodes that the fault hits."""
    may_be_fenced: tuple[str, ...]
    """Nodes that may lose power because of the fault, each once."""
    disturbs_guests: bool = True
    """Whether guests on the victims may stop or move because of the fault."""
    ends_with_boot: bool = False
    """Whether nothing of the fault is left on a victim that has booted anew."""
    blinds: bool = False
    """Whether nothing can be observed inside its victims until they boot anew."""
    form: dict[str, JsonValue] = Field(default_factory=dict)
    """The fault as JSON, for `harness.faults.catalogue.read_fault`."""


class FaultStep(Event):
    """A step of an injected fault: proved to bite, lifted, or proved to be gone."""

    kind: Literal["fault_step"] = "fault_step"
    fault: str
    step: Step


class Triggered(Event):
    """A fault was injected at its trigger. `aimed_s` is the moment that the trigger gave."""

    kind: Literal["triggered"] = "triggered"
    fault: str
    trigger: str
    aimed_s: float
    late_s: float
    """From that moment until the injection had ended."""


class ConditionMet(Event):
    """A condition that the test waited for holds."""

    kind: Literal["condition_met"] = "condition_met"
    sentence: str


class ExpectedError(Event):
    """A pattern of log lines that this test expects from this moment on."""

    kind: Literal["expected_error"] = "expected_error"
    pattern: str
    """Regular expression, searched in `who: text`."""
    why: str


class KnownGap(Event):
    """A promise that the stack under test cannot keep in this test."""

    kind: Literal["known_gap"] = "known_gap"
    pattern: str
    """Regular expression, searched in each reason for a failed verdict."""
    why: str
    """The fact of the stack behind it."""
    remedy: str
    """What a person can do about it."""


class FencingAllowed(Event):
    """A node may lose its power once in this test, though no fault hits it."""

    kind: Literal["fencing_allowed"] = "fencing_allowed"
    node: str
    why: str


class OutageObjective(Event):
    """Limits for the outages of a guest's reads or writes in this test."""

    kind: Literal["outage_objective"] = "outage_objective"
    name: str
    guest: str
    service: Service
    longest_s: float = Field(gt=0)
    """Limit for the longest outage (RTO)."""
    further: int = Field(ge=0)
    """Limit for the number of other outages."""
    further_s: float = Field(ge=0)
    """Limit for the sum of the other outages."""


class LossObjective(Event):
    """Limit for the number of acknowledged writes of a guest that are lost (RPO)."""

    kind: Literal["loss_objective"] = "loss_objective"
    name: str
    guest: str
    most: int = Field(ge=0)


class PhaseObjective(Event):
    """Limit for the length of one phase of a guest's failover."""

    kind: Literal["phase_objective"] = "phase_objective"
    name: str
    guest: str
    ends_with: str
    """Moment that ends the phase: `membership`, `fenced`, `promoted`, `started` or `answer`."""
    longest_s: float = Field(gt=0)


class RedundancyObjective(Event):
    """Limit for the time from the last lift until both replicas of a guest are good again."""

    kind: Literal["redundancy_objective"] = "redundancy_objective"
    name: str
    guest: str
    longest_s: float = Field(gt=0)


TrialEvent = (
    Opened
    | Settled
    | ObservationEnds
    | Recovered
    | Failure
    | Closed
    | FaultInjecting
    | FaultStep
    | Triggered
    | ConditionMet
    | ExpectedError
    | KnownGap
    | FencingAllowed
    | OutageObjective
    | LossObjective
    | PhaseObjective
    | RedundancyObjective
)
