"""Variants of the record of a good failover."""

from harness.record.events import (
    Blame,
    Event,
    Failure,
    FaultInjecting,
    FaultStep,
    HttpSample,
    Recovered,
    StoreRead,
    StoreUnread,
    Write,
)
from harness.record.timeline import Record
from suites.selftest.client_events import sample
from suites.selftest.failover import END_S, good, observed
from suites.selftest.node_events import line

STORE = "web.redis"


def failure(reason: str, blame: Blame) -> Failure:
    return Failure(at_s=40, reason=reason, blame=blame)


def of_store(event: Event) -> bool:
    return isinstance(event, StoreRead) and event.store == STORE


def unread() -> StoreUnread:
    return StoreUnread(at_s=END_S + 1, store=STORE, problem="LOADING")


def recovered(event: Event) -> bool:
    return isinstance(event, Recovered)


def of_fault(event: Event) -> bool:
    return isinstance(event, FaultInjecting | FaultStep)


def without_answers(since_s: float) -> Record:
    """Return the record in which web answers no HTTP request from a moment on."""

    def late(event: Event) -> bool:
        return isinstance(event, HttpSample) and event.guest == "web" and event.at_s >= since_s

    moments = (since_s + number / 16 for number in range(int((END_S - since_s) * 16) + 1))
    return good(*(sample(at_s, good=False) for at_s in moments), drop=late)


def without_acknowledgements(store: str, since_s: float) -> Record:
    """Return the record in which a store acknowledges no write that is sent from a moment on."""
    later = [e for e in observed() if isinstance(e, Write) and e.store == store]
    refused = [e.model_copy(update={"acknowledged_s": None}) for e in later if e.at_s >= since_s]

    def late(event: Event) -> bool:
        return isinstance(event, Write) and event.store == store and event.at_s >= since_s

    return good(*refused, drop=late)


UNREAD = "web.redis: cannot be read at the end (LOADING)"
LIFTED_S = 45.1
SILENT = "shop.file: no write was acknowledged after the last fault"
OOPS = line(40, "bravo", "kernel", "Oops: 0002 [#1]")
