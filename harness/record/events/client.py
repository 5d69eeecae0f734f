"""What clients of the guests see."""

from typing import Literal

from pydantic import Field

from harness.record.events.base import Event


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


ClientEvent = HttpSample | IcmpSample | Write | StoreRead | StoreUnread
