"""Records to be judged, made by hand: their first and last events, and faults."""

from collections.abc import Iterable

from harness.record.events import (
    Closed,
    Event,
    FaultInjecting,
    FaultStep,
    Opened,
    Recovered,
    Settled,
    Watching,
)
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


def opened(
    at_s: float = 0.0, *, token_s: float = 3, quorum_stop_s: float = 30, profile: str = "tcg"
) -> Opened:
    """Return the first event of a record of the shipped cluster."""
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
    """Return a record of these events, which is settled from its first moment and closed."""
    flat = [e for part in events for e in ([part] if isinstance(part, Event) else part)]
    end_s = max((event.at_s for event in flat), default=1.0)
    return Record([opened(), Settled(at_s=0), *flat, Closed(at_s=end_s)])


def cut(at_s: float, node: str) -> FaultInjecting:
    """Return a power cut."""
    return fault(at_s, node, name=f"power cut of {node}")


def fault(
    at_s: float, *victims: str, name: str = "fault", disturbs_guests: bool = True
) -> FaultInjecting:
    """Return a fault whose victims may be fenced."""
    return FaultInjecting(
        at_s=at_s,
        fault=name,
        victims=victims,
        may_be_fenced=victims,
        disturbs_guests=disturbs_guests,
    )


def step(at_s: float, step: str, *, name: str = "fault") -> FaultStep:
    """Return a step of a fault: a proof, or its lifting."""
    return FaultStep(at_s=at_s, fault=name, step=step)  # type: ignore[arg-type]


def recovered(at_s: float) -> Recovered:
    """Return the event of the recovered cluster."""
    return Recovered(at_s=at_s)
