"""The parser of the node agents' lines, which yields events."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from harness.record.events import (
    Blind,
    DomainChange,
    DrbdChange,
    GuestLoad,
    NodeSample,
    Qemu,
    StreamOpened,
)
from harness.record.spans import Life

AgentEvent = NodeSample | GuestLoad | DrbdChange | DomainChange | Blind | StreamOpened
LINE = re.compile(r"boot=(?P<boot>\S+) at=(?P<at>\d+\.\d{6}) (?P<fact>.+)")
PROCESS = r"[^\s/@,]+/\d+@\d+\.\d\d"
SAMPLE = re.compile(
    rf"runs=(?P<runs>(?:{PROCESS}(?:,{PROCESS})*)?) open=(?P<open>\S*) primary=(?P<primary>\S*)"
    r"(?: served=(?P<served>\S*))?"
)
SERVED = re.compile(r"(?P<guest>[^\s/,]+)/(?P<pid>\d+):(?P<ran_s>\d+\.\d+)\+(?P<waited_s>\d+\.\d+)")
DRBD = re.compile(
    r"(?P<change>exists|create|change|destroy|call|response) (?P<what>[a-z-]+) name:(?P<guest>\S+)"
    r"(?P<facts>.*)"
)
"""A line of `drbdsetup events2` (drbdsetup-8.4(8)): `change resource name:web role:Primary`."""
IDS = ("peer-node-id", "conn-name", "volume", "minor")
"""Keys that are left out, because a guest has one volume and one peer."""
DOMAIN = re.compile(r"event '(?P<event>[^']+)' for domain '(?P<guest>[^']+)'(?:: (?P<detail>.*))?")
"""A line of `virsh event`: `event 'lifecycle' for domain 'web': Stopped Destroyed`."""
STREAMS = {"drbd": "drbd", "domain": "libvirt"}
"""The program behind each of the agent's streams."""


class Line(NamedTuple):
    """A line of an agent, with the time of its node's clock."""

    boot: str
    epoch_s: float
    fact: str


def parse(text: str) -> Line | None:
    """Split a line into its parts. Return None if it was cut short."""
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
    """Yield the events that a line reports. A line that was cut short yields none.

    `guests` maps the minor number of a DRBD device to its guest. `monotonic` converts the node's
    seconds since the epoch to monotonic seconds of this machine.
    """
    kind, _, text = fact.partition("=")
    if sample := SAMPLE.fullmatch(fact):
        yield NodeSample(
            at_s=at_s,
            **life._asdict(),
            runs=_processes(sample["runs"], monotonic),
            open=_guests(sample["open"], guests),
            primary=_guests(sample["primary"], guests),
        )
        yield from _loads(sample["served"] or "", life, at_s)
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
        reason = f"the stream of {text} events has ended"
        yield Blind(at_s=at_s, observer=STREAMS[text], part=life.node, reason=reason)
    elif kind == "opened" and text in STREAMS:
        yield StreamOpened(at_s=at_s, **life._asdict(), stream=STREAMS[text])


def _loads(served: str, life: Life, at_s: float) -> Iterator[GuestLoad]:
    """Parse `web/1234:6.279+5.748,...`: run time and wait, in seconds, of each process."""
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
    """Return the event of a line of `drbdsetup events2`."""
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
    """Parse `web/1234@1795386596.47,...`. The same guest may be listed twice."""
    found = (re.split("[/@]", process) for process in runs.split(",") if process)
    processes = (Qemu(guest=g, pid=int(p), began_s=monotonic(float(b))) for g, p, b in found)
    return tuple(sorted(processes, key=lambda process: (process.guest, process.pid)))


def _guests(minors: str, guests: Mapping[str, str]) -> tuple[str, ...]:
    """Return the guests of these minor numbers. A device that is not in the plan is `drbd7`."""
    numbers = {minor for minor in minors.split(",") if minor}
    return tuple(sorted(guests.get(minor, f"drbd{minor}") for minor in numbers))
