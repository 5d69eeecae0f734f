"""What lines of the nodes' journals mean: Corosync 3.1 and Pacemaker 2.1, as Debian has them."""

import re
from collections.abc import Iterator

from harness.record.events import JournalLine
from harness.record.timeline import Record

MEMBERS = re.compile(r"\[QUORUM\] Members\[\d+\]")
QUORUM = re.compile(r"\[QUORUM\] This node is within the (non-)?primary component")
NOT_SCHEDULED = re.compile(r"main process was not scheduled .*for (?P<ms>[\d.]+) ms")
CONFIRMED = re.compile(
    r"Operation '(?P<action>reboot|off)' targeting (?P<node>\S+) by (?P<by>\S+) .*: OK"
)
REFUSED = re.compile(r"Operation '(?:reboot|off)' targeting (?P<node>\S+) .*: (?!OK)(?P<why>.+)")


def memberships(record: Record) -> Iterator[JournalLine]:
    """Lines that report a new membership."""
    return (line for line, _ in _matching(record, "corosync", MEMBERS))


def quorum_changes(record: Record) -> Iterator[tuple[JournalLine, bool]]:
    """Lines by which a node reports that it has quorum from now on, or has it no more."""
    for line, match in _matching(record, "corosync", QUORUM):
        yield line, match[1] is None


def not_scheduled(record: Record) -> Iterator[tuple[JournalLine, float]]:
    """Lines by which Corosync reports that it was not let run, and for how many seconds."""
    for line, match in _matching(record, "corosync", NOT_SCHEDULED):
        yield line, float(match["ms"]) / 1000


def confirmations(record: Record) -> Iterator[tuple[JournalLine, str]]:
    """Lines by which Pacemaker confirms that a node was fenced, and that node."""
    for line, match in _matching(record, "pacemaker-fenced", CONFIRMED):
        yield line, match["node"]


def refusals(record: Record) -> Iterator[tuple[JournalLine, str, str]]:
    """Lines by which Pacemaker reports that fencing failed: the node that it meant, and why."""
    for line, match in _matching(record, "pacemaker-fenced", REFUSED):
        yield line, match["node"], match["why"]


def _matching(
    record: Record, who: str, pattern: re.Pattern[str]
) -> Iterator[tuple[JournalLine, re.Match[str]]]:
    for line in record.of(JournalLine):
        if line.who == who and (match := pattern.search(line.text)):
            yield line, match
