"""A record of an honest test on a fit lab."""

from collections.abc import Callable

from harness.judge.validity import unfit
from harness.record.events import Closed, Event, ObservationEnds, Settled, StoreRead
from harness.record.status import Pacemaker
from harness.record.timeline import Record
from suites.selftest.client_events import holding
from suites.selftest.node_events import configuration, copies, survey, traces, view
from suites.selftest.quiet import observations, reliability_events
from suites.selftest.records import NODES, STORES, fault, opened, recovered, step

STEPS = [step(20.5, "bites"), step(25, "still bites"), step(25.5, "lifted"), step(26, "gone")]
FINAL_STATE = [
    *(configuration(0, node, "beginning") for node in NODES),
    *(traces(0, node, "beginning") for node in NODES),
    *(configuration(33, node, "end") for node in NODES),
    *(traces(33, node, "end") for node in NODES),
    *(survey(31, node, boot="1") for node in ("arbiter",)),
    *(survey(31, "alpha", "web"), survey(31, "bravo", "shop"), view(30, Pacemaker())),
    *(holding(1, store=store, at_s=34) for store in STORES),
    copies(34),
]
HONEST = [
    *(opened(), Settled(at_s=0), fault(20, "alpha"), *STEPS, recovered(30)),
    *(
        *observations(40),
        *reliability_events(40),
        ObservationEnds(at_s=32),
        *FINAL_STATE,
        Closed(at_s=40),
    ),
]
Match = Callable[[Event], bool]


def unfit_replacing(match: Match, *instead: Event) -> list[str]:
    """Return why the honest record is invalid with matching events replaced by `instead`."""
    return list(unfit(Record([*(e for e in HONEST if not match(e)), *instead])))


def nothing(_: Event) -> bool:
    return False


def kinds(*types: type[Event]) -> Match:
    return lambda event: isinstance(event, types)


BITES, STILL, LIFTED, GONE = (step(at_s, e.step) for at_s, e in enumerate(STEPS, start=6))
CUT = fault(5, "alpha")
NO_BITE = "fault: it was not proved that it bites"
NO_LONGER = "fault: it was not proved that it still bites before it was lifted"
NOT_GONE = "fault: it was not proved that it is gone"


def of_store(store: str) -> Match:
    return lambda event: isinstance(event, StoreRead) and event.store == store
