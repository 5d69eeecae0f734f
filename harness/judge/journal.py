"""What lines of the nodes' journals mean: Corosync 3.1 and Pacemaker 2.1, as Debian has them."""

import re
from collections.abc import Iterator, Sequence

from harness.timeline import Event

CLOCKS_S = 1.0
"""How far moments of a busy node and of the hypervisor may be apart and still be the same: their
clocks are known to 0.2 s, and a line is written a while after what it tells."""

MEMBERS = re.compile(r"\[QUORUM\] Members\[\d+\]")
QUORUM = re.compile(r"\[QUORUM\] This node is within the (non-)?primary component")
FENCED = re.compile(r"Operation '(?:reboot|off)' targeting (\S+) .*: OK")


def memberships(events: Sequence[Event]) -> Iterator[Event]:
    """Lines that tell a new membership."""
    return (line for line, _ in _matching(events, "corosync", MEMBERS))


def quorum(events: Sequence[Event]) -> Iterator[tuple[Event, bool]]:
    """Lines by which a node says that it has quorum from now on, or has it no more."""
    for line, match in _matching(events, "corosync", QUORUM):
        yield line, match[1] is None


def fencings(events: Sequence[Event]) -> Iterator[tuple[Event, str]]:
    """Lines by which Pacemaker confirms that a node is surely gone, and the node."""
    for line, match in _matching(events, "pacemaker-fenced", FENCED):
        yield line, match[1]


def _matching(
    events: Sequence[Event], who: str, pattern: re.Pattern[str]
) -> Iterator[tuple[Event, re.Match[str]]]:
    lines = (e for e in events if e.kind == "journal" and e.detail["who"] == who)
    for line in lines:
        if match := pattern.search(line.detail["text"]):
            yield line, match
