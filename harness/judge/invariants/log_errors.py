"""I9: what the nodes' journals complain of, and nobody expected."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from harness.judge.invariants.expected_errors import NOISE, Noise
from harness.judge.invariants.violation import Violation
from harness.record.journal_lines import CLOCKS_S
from harness.record.timeline import Event

MOST_TOLD = 5
LONGEST = 200
"""Of a line that is told: libvirt quotes whole command lines."""

TRACE_END = "---[ end trace"
LONGEST_TRACE = 100

WORDS = (
    r"(?i:\b(errors?|crit|critical|alert|emerg|emergency|fatal|failed|cannot|could not|unable"
    r"|timed out|assert\w*|corrupt\w*|mismatch)\b)"
)
"""A record has a line's text and not its severity: Pacemaker and the resource agents begin the text
with it, the others tell an error by such words."""

COMPLAINTS = [
    (re.compile(who), re.compile(text))
    for who, text in (
        # The kernel's own, whatever part of it.
        (r"kernel", r"^BUG:|^watchdog: BUG:|kernel BUG at|^Oops\b|^WARNING: CPU:|^Kernel panic"),
        (r"kernel", r"blocked for more than \d+ seconds|soft lockup|hard LOCKUP|detected stall"),
        (r"kernel", r"general protection fault|segfault at|^traps: |ut of memory: Killed process"),
        (r"kernel", r"I/O error|EXT4-fs error|Remounting filesystem read-only|: Disk failure on "),
        (r"kernel", rf"^(block )?drbd.*({WORDS}|Split-Brain detected)"),
        # Who keeps the guests, each by its own words.
        (r"pacemaker\S*", r"^ *(error|crit|alert|emerg):"),
        (r"corosync|libvirtd|virt\w+", WORDS),
        (r"\w+\(.*\)|crm-(un)?fence-peer\.sh", r"^(ERROR|CRIT)\b"),
        # Of any program.
        (r"systemd.*", r"Failed with result|Failed to start|code=dumped|dumped core"),
    )
]


def nothing_unexpected(events: Sequence[Event]) -> list[Violation]:
    """I9: no line of a journal tells of trouble, but for noise that was named; each text once."""
    lines = [event for event in events if event.kind == "journal"]
    said: dict[tuple[str, str], list[Event]] = {}
    for line, whole in _complaints(lines):
        if not any(noise.covers(whole) for noise in _named(events, line.at_s)):
            alike = line.detail["who"], re.sub(r"0x[0-9a-f]+|\d+", "#", line.detail["text"])
            said.setdefault(alike, []).append(line)
    found = [Violation("I9", _told(same)) for same in said.values()]
    more = [Violation("I9", f"and {len(found) - MOST_TOLD} more")] if found[MOST_TOLD:] else []
    return found[:MOST_TOLD] + more


def _complaints(lines: Sequence[Event]) -> Iterator[tuple[Event, str]]:
    """Lines that tell of trouble, each with all that belongs to it."""
    for number, line in enumerate(lines):
        who, text = line.detail["who"], line.detail["text"]
        if any(w.fullmatch(who) and t.search(text) for w, t in COMPLAINTS):
            yield line, _whole(line, lines[number + 1 :])


def _whole(line: Event, after: Sequence[Event]) -> str:
    """`who: text`; a kernel's warning names only the place, its trace tells who came there."""
    told = f"{line.detail['who']}: {line.detail['text']}"
    if not line.detail["text"].startswith("WARNING: CPU:"):
        return told
    source = ("kernel", line.detail["node"])
    rest = (e.detail["text"] for e in after if (e.detail["who"], e.detail["node"]) == source)
    trace = takewhile(lambda text: not text.startswith(TRACE_END), islice(rest, LONGEST_TRACE))
    return " ".join([told, *trace])


def _named(events: Sequence[Event], at_s: float) -> Iterator[Noise]:
    """What every test expects, and what this one said before that it expects."""
    yield from NOISE
    for event in events:
        if event.kind == "expected" and event.at_s <= at_s + CLOCKS_S:
            yield Noise(event.detail["pattern"], event.detail["why"])


def _told(same: Sequence[Event]) -> str:
    nodes = " and ".join(sorted({line.detail["node"] for line in same}))
    text = f"{same[0].detail['who']}: {same[0].detail['text'].strip()}"
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    times = f", {len(same)} times" if len(same) > 1 else ""
    return f"{nodes}{times}: {shown}"
