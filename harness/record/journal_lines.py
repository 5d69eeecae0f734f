"""Journal lines that the judge understands: of Corosync 3.1 and Pacemaker 2.1, as in Debian."""

import re
from collections.abc import Iterator

from harness.record.events import JournalLine
from harness.record.timeline import Record

STARTING = re.compile(r"Corosync Cluster Engine \S+ starting up")
MEMBERS = re.compile(r"\[QUORUM\] Members\[\d+\]")
QUORUM = re.compile(r"\[QUORUM\] This node is within the (non-)?primary component")
NOT_SCHEDULED = re.compile(r"main process was not scheduled .*for (?P<ms>[\d.]+) ms")
CONFIRMED = re.compile(
    r"Operation '(?P<action>reboot|off)' targeting (?P<node>\S+) by (?P<by>\S+) .*: OK"
)
JOINED = re.compile(r"State transition S_PENDING -> ")
"""The controller has joined the cluster: it is the DC, or the DC has accepted it."""
REFUSED = re.compile(r"Operation '(?:reboot|off)' targeting (?P<node>\S+) .*: (?!OK)(?P<why>.+)")


def corosync_starts(record: Record) -> Iterator[JournalLine]:
    """Yield lines in which Corosync reports that it starts: first line of its life."""
    return (line for line, _ in _matching(record, "corosync", STARTING))


def memberships(record: Record) -> Iterator[JournalLine]:
    """Yield lines in which Corosync reports a new membership."""
    return (line for line, _ in _matching(record, "corosync", MEMBERS))


def joins(record: Record) -> Iterator[JournalLine]:
    """Yield lines in which Pacemaker's controller reports that it has joined the cluster."""
    return (line for line, _ in _matching(record, "pacemaker-controld", JOINED))


def quorum_changes(record: Record) -> Iterator[tuple[JournalLine, bool]]:
    """Yield lines in which a node reports that it gained (True) or lost (False) quorum."""
    for line, match in _matching(record, "corosync", QUORUM):
        yield line, match[1] is None


def not_scheduled(record: Record) -> Iterator[tuple[JournalLine, float]]:
    """Yield lines in which Corosync reports that it was not scheduled, and for how many seconds."""
    for line, match in _matching(record, "corosync", NOT_SCHEDULED):
        yield line, float(match["ms"]) / 1000


def confirmations(record: Record) -> Iterator[tuple[JournalLine, str]]:
    """Yield lines in which Pacemaker confirms a fencing, each with the fenced node."""
    for line, match in _matching(record, "pacemaker-fenced", CONFIRMED):
        yield line, match["node"]


def refusals(record: Record) -> Iterator[tuple[JournalLine, str, str]]:
    """Yield lines in which Pacemaker reports a failed fencing, with its target and the reason."""
    for line, match in _matching(record, "pacemaker-fenced", REFUSED):
        yield line, match["node"], match["why"]


def _matching(
    record: Record, who: str, pattern: re.Pattern[str]
) -> Iterator[tuple[JournalLine, re.Match[str]]]:
    for line in record.of(JournalLine):
        if line.who == who and (match := pattern.search(line.text)):
            yield line, match
