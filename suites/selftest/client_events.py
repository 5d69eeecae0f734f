"""Events of the guests' and stores' clients. All times are in seconds."""

from harness.record.entry import entry
from harness.record.events import HttpSample, IcmpSample, StoreRead, Write
from suites.selftest.records import RUN


def sample(
    sent_s: float,
    *,
    good: bool = True,
    guest: str = "web",
    boot: str = "g1",
    took_s: float = 0.01,
) -> HttpSample:
    """Return an HTTP request."""
    answered = sent_s + took_s if good else None
    return HttpSample(
        at_s=sent_s,
        guest=guest,
        connected_s=answered,
        answered_s=answered,
        boot=boot if good else "",
        problem=None if good else "ConnectTimeout",
    )


def ping(sent_s: float, *, good: bool = True, guest: str = "web") -> IcmpSample:
    """Return an ICMP echo."""
    return IcmpSample(at_s=sent_s, guest=guest, answered_s=sent_s + 0.001 if good else None)


def write(
    sent_s: float,
    number: int,
    *,
    good: bool = True,
    store: str = "web.redis",
    took_s: float = 0.1,
    held: int | None = None,
) -> Write:
    """Return a write to a store."""
    acknowledged = sent_s + took_s if good else None
    return Write(
        at_s=sent_s,
        store=store,
        number=number,
        ended_s=sent_s + took_s,
        acknowledged_s=acknowledged,
        held=held,
    )


def holding(*numbers: int, store: str = "web.redis", at_s: float = 20.0) -> StoreRead:
    """Return the content of a store at the end: the entries of these writes."""
    return StoreRead(at_s=at_s, store=store, found=tuple(entry(RUN, store, n) for n in numbers))
