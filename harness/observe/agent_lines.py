"""The lines of a data node's agent, as events."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from harness.record.events import Blind, DomainChange, DrbdChange, GuestLoad, NodeLook, Qemu
from harness.record.spans import Life

AgentEvent = NodeLook | GuestLoad | DrbdChange | DomainChange | Blind
LINE = re.compile(r"boot=(?P<boot>\S+) at=(?P<at>\d+\.\d{6}) (?P<fact>.+)")
PROCESS = r"[^\s/@,]+/\d+@\d+\.\d\d"
LOOK = re.compile(
    rf"runs=(?P<runs>(?:{PROCESS}(?:,{PROCESS})*)?) open=(?P<open>\S*) primary=(?P<primary>\S*)"
    r"(?: served=(?P<served>\S*))?"
)
SERVED = re.compile(r"(?P<guest>[^\s/,]+)/(?P<pid>\d+):(?P<ran_s>\d+\.\d+)\+(?P<waited_s>\d+\.\d+)")
DRBD = re.compile(
    r"(?P<change>exists|create|change|destroy|call|response) (?P<what>[a-z-]+) name:(?P<guest>\S+)"
    r"(?P<facts>.*)"
)
"""`drbdsetup events2` (drbdsetup-8.4(8)): `change resource name:web role:Primary`."""
IDS = ("peer-node-id", "conn-name", "volume", "minor")
"""A guest has one volume, with one peer."""
DOMAIN = re.compile(r"event '(?P<event>[^']+)' for domain '(?P<guest>[^']+)'(?:: (?P<detail>.*))?")
"""`virsh event`: `event 'lifecycle' for domain 'web': Stopped Destroyed`."""
STREAMS = {"drbd": "drbd", "domain": "libvirt"}
"""Who is heard on each of the agent's streams."""


class Line(NamedTuple):
    """A line of an agent, by the clock of its node."""

    boot: str
    epoch_s: float
    fact: str


def parse(text: str) -> Line | None:
    """A line in its parts, None when it was cut short."""
    found = LINE.fullmatch(text.strip())
    return Line(found["boot"], float(found["at"]), found["fact"]) if found else None


def events(
    fact: str,
    life: Life,
    at_s: float,
    *,
    guests: Mapping[str, str],
    monotonic: Callable[[float], float],
) -> Iterator[AgentEvent]:
    """The event that a line reports, none when it is of no guest or was cut short.

    `guests` are named by the minor number of their replicated device; `monotonic` converts the
    node's seconds since the epoch to monotonic seconds of this machine.
    """
    kind, _, text = fact.partition("=")
    if look := LOOK.fullmatch(fact):
        yield NodeLook(
            at_s=at_s,
            **life._asdict(),
            runs=_processes(look["runs"], monotonic),
            open=_guests(look["open"], guests),
            primary=_guests(look["primary"], guests),
        )
        yield from _loads(look["served"] or "", life, at_s)
    elif kind == "drbd" and (change := DRBD.fullmatch(text)):
        yield _drbd_change(change, life, at_s)
    elif kind == "domain" and (change := DOMAIN.fullmatch(text)):
        yield DomainChange(
            at_s=at_s,
            **life._asdict(),
            guest=change["guest"],
            event=change["event"],
            detail=change["detail"] or "",
        )
    elif kind == "ended" and text in STREAMS:
        reason = f"nothing more is heard of {text} events"
        yield Blind(at_s=at_s, observer=STREAMS[text], part=life.node, reason=reason)


def _loads(served: str, life: Life, at_s: float) -> Iterator[GuestLoad]:
    """`web/1234:6.279+5.748,...`"""
    for load in SERVED.finditer(served):
        yield GuestLoad(
            at_s=at_s,
            **life._asdict(),
            guest=load["guest"],
            pid=int(load["pid"]),
            ran_s=float(load["ran_s"]),
            waited_s=float(load["waited_s"]),
        )


def _drbd_change(change: re.Match[str], life: Life, at_s: float) -> DrbdChange:
    words = dict(word.partition(":")[::2] for word in change["facts"].split())
    return DrbdChange(
        at_s=at_s,
        **life._asdict(),
        guest=change["guest"],
        change=change["change"],
        what=change["what"],
        states={name: state for name, state in words.items() if name not in IDS},
    )


def _processes(runs: str, monotonic: Callable[[float], float]) -> tuple[Qemu, ...]:
    """`web/1234@1795386596.47,...`: the same guest may be there twice."""
    found = (re.split("[/@]", process) for process in runs.split(",") if process)
    processes = (Qemu(guest=g, pid=int(p), began_s=monotonic(float(b))) for g, p, b in found)
    return tuple(sorted(processes, key=lambda process: (process.guest, process.pid)))


def _guests(minors: str, guests: Mapping[str, str]) -> tuple[str, ...]:
    """A device that is not in the plan, made by hand, goes by its own name."""
    numbers = {minor for minor in minors.split(",") if minor}
    return tuple(sorted(guests.get(minor, f"drbd{minor}") for minor in numbers))
