"""What a data node's lookout says, in the timeline's words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Fact = tuple[str, str, dict[str, Any]]
"""Source, kind and detail of an event."""
LOOK = re.compile(r"runs=(?P<runs>\S*) open=(?P<open>\S*) primary=(?P<primary>\S*)")
DRBD = re.compile(
    r"(?P<change>exists|create|change|destroy|call|response) (?P<what>[a-z-]+) name:(?P<guest>\S+)"
    r"(?P<facts>.*)"
)
"""`drbdsetup events2` (drbdsetup-8.4(8)): `change resource name:web role:Primary`."""
IDS = ("peer-node-id", "conn-name", "volume", "minor")
"""A guest has one volume, with one peer."""
DOMAIN = re.compile(r"event '(?P<event>[^']+)' for domain '(?P<guest>[^']+)'(?:: (?P<detail>.*))?")
"""`virsh event`: `event 'lifecycle' for domain 'web': Stopped Destroyed`."""


def facts(line: str, guests: Mapping[str, str]) -> Iterator[Fact]:
    """The event that a line tells, none when it is of no guest or was cut short.

    `guests` are named by the minor number of their replicated device.
    """
    if look := LOOK.fullmatch(line):
        held = {fact: _guests(look[fact], guests) for fact in ("open", "primary")}
        yield "watch", "watch", {"runs": sorted(filter(None, look["runs"].split(",")))} | held
        return
    teller, _, text = line.partition("=")
    if teller == "drbd" and (told := DRBD.fullmatch(text)):
        states = dict(word.partition(":")[::2] for word in told["facts"].split())
        named = {name: told[name] for name in ("change", "what", "guest")}
        yield "drbd", "drbd", named | {"states": {k: states[k] for k in states if k not in IDS}}
    elif teller == "domain" and (told := DOMAIN.fullmatch(text)):
        yield "libvirt", "domain", told.groupdict(default="")
    elif teller == "ended":
        yield text, "blind", {"blind": f"nothing more is heard of {text} events"}


def _guests(minors: str, guests: Mapping[str, str]) -> list[str]:
    """A device that is not in the plan, made by hand, goes by its own name."""
    return sorted(guests.get(minor, f"drbd{minor}") for minor in minors.split(",") if minor)
