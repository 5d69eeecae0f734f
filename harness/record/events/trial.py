"""A test itself: how far it has come, what it does to the cluster, and what it asks of it."""

from typing import Literal

from pydantic import Field, JsonValue

from harness.record.events.base import FORMAT, Blame, Event, Part, Service, Step


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
    form: dict[str, JsonValue] = Field(default_factory=dict)
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


TrialEvent = (
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
)
