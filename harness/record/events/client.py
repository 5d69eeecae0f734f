"""Observations of the guests' clients."""

from typing import Literal

from pydantic import Field

from harness.record.events.base import Event


class HttpSample(Event):
    """One HTTP request, sent at `at_s`."""

    kind: Literal["http_sample"] = "http_sample"
    guest: str
    connected_s: float | None
    answered_s: float | None
    """When the guest's own answer was complete. None after an error, a timeout, or an answer of
    another machine."""
    boot: str = ""
    """The guest's boot id, from its page."""
    problem: str | None = None


class HttpHeld(Event):
    """No HTTP request at `at_s`, because too many earlier ones were open."""

    kind: Literal["http_held"] = "http_held"
    guest: str


class IcmpSample(Event):
    """One ICMP echo request, sent at `at_s`."""

    kind: Literal["icmp_sample"] = "icmp_sample"
    guest: str
    answered_s: float | None


class Write(Event):
    """One numbered write to a store, sent at `at_s`."""

    kind: Literal["write"] = "write"
    store: str
    number: int = Field(ge=1)
    ended_s: float
    """When the attempt ended, with or without success."""
    acknowledged_s: float | None
    """None when the store refused the write or did not answer, or the connection broke."""
    held: int | None = None
    """Number of entries that the store reported when it acknowledged this one."""
    problem: str | None = None


class StoreRead(Event):
    """The content of a store at the end of the test, in the store's order."""

    kind: Literal["store_read"] = "store_read"
    store: str
    found: tuple[str, ...]


class StoreUnread(Event):
    """A store did not return its content at the end, though this machine could send requests."""

    kind: Literal["store_unread"] = "store_unread"
    store: str
    problem: str


ClientEvent = HttpSample | HttpHeld | IcmpSample | Write | StoreRead | StoreUnread
