"""What journals and consoles complain of: each line with its place, its moment, its trace."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from harness.record.events import ConsoleLine, JournalLine
from harness.record.spans import clock_uncertainty_s, life_of
from harness.record.timeline import Record

ERROR = 3
"""syslog(3): LOG_ERR; a smaller number is worse."""
TRACE_END = "---[ end trace"
LONGEST_TRACE = 100
WORDS = (
    r"(?i:\b(errors?|crit|critical|alert|emerg|emergency|fatal|failed|cannot|could not|unable"
    r"|timed out|assert\w*|corrupt\w*|mismatch)\b)"
)
"""By these words Corosync, libvirt and DRBD tell of trouble that they log as a notice."""
STANDALONE = re.compile(r"^drbd \S+: .*-> StandAlone \)|^block drbd\d+: disk\( \w+ -> Failed \)")
"""Also on the way of a replica that is taken down: what comes after shows which it is."""
KERNEL = (
    r"^BUG:|^watchdog: BUG:|kernel BUG at|^Oops\b|^Kernel panic",
    r"blocked for more than \d+ seconds|soft lockup|hard LOCKUP|detected stall",
    r"general protection fault|segfault at|^traps: |ut of memory: Killed process",
    r"I/O error|EXT4-fs error|Remounting filesystem read-only|: Disk failure on ",
)
DRBD = (
    rf"^(block )?drbd(?!.*disk\( Failed -> ).*{WORDS}",  # what comes after `-> Failed` adds nothing
    r"^(block )?drbd.*(Split-Brain detected|-> StandAlone \)|fence-peer helper broken)",
    r"^(block )?drbd.*(Unrelated data, aborting|Online verify found \d+ 4k blocks out of sync)",
)
PATTERNS = [
    (re.compile(who), re.compile(text))
    for who, text in (
        *(("kernel", text) for text in (*KERNEL, *DRBD, r"^WARNING: CPU:")),
        (r"pacemaker\S*", r"^ *(error|crit|alert|emerg):"),
        (r"corosync|libvirtd|virt\w+", WORDS),
        (r"\w+\(.*\)|crm-(un)?fence-peer\.sh", r"^(ERROR|CRIT)\b"),
        (r"systemd.*", r"Failed with result|Failed to start|code=dumped|dumped core"),
    )
]
"""Trouble that programs log below an error's severity."""
CONSOLE = re.compile("|".join(KERNEL))
STAMP = re.compile(r"^\[ *\d+\.\d+\] ")
"""The kernel's own time, before each of its lines on a console."""


@dataclass(frozen=True)
class Complaint:
    """A line that tells of trouble."""

    at_s: float
    machine: str
    """A node; a guest for a line of its console."""
    boot: str
    """Empty for a console's line."""
    who: str
    text: str
    whole: str
    """`who: text`, and the lines that belong to it."""
    uncertainty_s: float = 0.0
    """Of the clock that `at_s` is known by."""


def complaints(record: Record) -> Iterator[Complaint]:
    """All lines that tell of trouble: of journals by severity or by text, of consoles by text."""
    lines = record.of(JournalLine)
    for number, line in enumerate(lines):
        if line.priority <= ERROR or any(
            w.fullmatch(line.who) and t.search(line.text) for w, t in PATTERNS
        ):
            off_s = clock_uncertainty_s(record, life_of(line), "journals")
            whole = " ".join([f"{line.who}: {line.text}", *_trace(lines, number)])
            yield Complaint(line.at_s, line.node, line.boot, line.who, line.text, whole, off_s)
    for shown in record.of(ConsoleLine):
        text = STAMP.sub("", shown.text)
        if CONSOLE.search(text):
            whole = f"kernel: {text}"
            yield Complaint(shown.at_s, shown.machine, "", "kernel", text, whole)


def _trace(lines: Sequence[JournalLine], number: int) -> Iterator[str]:
    """A kernel's warning names only the place, its trace tells who came there. And of a replica
    that goes alone, DRBD's next lines tell whether somebody took it down."""
    line = lines[number]
    if line.who != "kernel":
        return
    later = (other for other in islice(lines, number + 1, None) if life_of(other) == life_of(line))
    kernel = (other.text for other in later if other.who == "kernel")
    if line.text.startswith("WARNING: CPU:"):
        first = islice(kernel, LONGEST_TRACE)
        yield from takewhile(lambda text: not text.startswith(TRACE_END), first)
    elif STANDALONE.search(line.text):
        yield from islice(kernel, LONGEST_TRACE // 4)
