"""Error lines in journals and on consoles, each with its machine, its time and its trace."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from harness.record.events import ConsoleLine, JournalLine
from harness.record.spans import clock_uncertainty_s, life_of
from harness.record.timeline import Record

ERROR = 3
"""LOG_ERR of syslog(3). A smaller number is more severe."""
TRACE_END = "---[ end trace"
LONGEST_TRACE = 100
WORDS = (
    r"(?i:\b(errors?|crit|critical|alert|emerg|emergency|fatal|failed|cannot|could not|unable"
    r"|timed out|assert\w*|corrupt\w*|mismatch)\b)"
)
"""Corosync, libvirt and DRBD log some errors as a notice. These words identify them."""
AMBIGUOUS = re.compile(
    r"^(block )?drbd.*(-> StandAlone \)|disk\( \w+ -> Failed \)|tate change failed.*not outdated)"
)
"""DRBD logs these lines after an error and also when a resource is taken down. The lines that
follow show which of both it was."""
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
"""Pairs of a program and a text: errors that programs log with a lower severity."""
CONSOLE = re.compile("|".join(KERNEL))
STAMP = re.compile(r"^\[ *\d+\.\d+\] ")
"""The kernel's time stamp, at the start of each of its lines on a console."""


@dataclass(frozen=True)
class ErrorLine:
    """An error line of a journal or a console."""

    at_s: float
    machine: str
    """A node, or a guest for a line of the guest's console."""
    boot: str
    """Empty for a line of a console."""
    who: str
    text: str
    full_text: str
    """`who: text`, followed by the lines that belong to it."""
    uncertainty_s: float = 0.0
    """Uncertainty of the clock behind `at_s`."""


def error_lines(record: Record) -> Iterator[ErrorLine]:
    """Yield all error lines: of journals by severity or text, of consoles by text."""
    lines = record.of(JournalLine)
    for number, line in enumerate(lines):
        if line.priority <= ERROR or any(
            w.fullmatch(line.who) and t.search(line.text) for w, t in PATTERNS
        ):
            off_s = clock_uncertainty_s(record, life_of(line), "journals")
            full_text = " ".join([f"{line.who}: {line.text}", *_trace(lines, number)])
            yield ErrorLine(line.at_s, line.node, line.boot, line.who, line.text, full_text, off_s)
    for shown in record.of(ConsoleLine):
        text = STAMP.sub("", shown.text)
        if CONSOLE.search(text):
            full_text = f"kernel: {text}"
            yield ErrorLine(shown.at_s, shown.machine, "", "kernel", text, full_text)


def _trace(lines: Sequence[JournalLine], number: int) -> Iterator[str]:
    """Yield the lines that explain a line of the kernel.

    A warning names only a place in the code; its trace names the caller. After an ambiguous line,
    DRBD's next lines show whether the resource was taken down.
    """
    line = lines[number]
    if line.who != "kernel":
        return
    later = (other for other in islice(lines, number + 1, None) if life_of(other) == life_of(line))
    kernel = (other.text for other in later if other.who == "kernel")
    if line.text.startswith("WARNING: CPU:"):
        first = islice(kernel, LONGEST_TRACE)
        yield from takewhile(lambda text: not text.startswith(TRACE_END), first)
    elif AMBIGUOUS.search(line.text):
        yield from islice(kernel, LONGEST_TRACE // 4)
