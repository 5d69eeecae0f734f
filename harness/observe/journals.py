"""The observer of the nodes' journals. It reads them once, at the end of a test."""

import shlex
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple

from harness.errors import LabError
from harness.observe.clock import Clock, Measured, clock_of, halts_of, measure
from harness.observe.journal_entries import FIELDS, Entry, parse
from harness.plan.plan import NodePlan
from harness.record.events import Blind, ClockReading, JournalLine, JournalRead, Watching
from harness.record.spans import Life, life_of
from harness.record.timeline import Timeline
from harness.target.shell import Unreachable
from harness.target.target import Needs, Target
from harness.waiting import Timeout, wait_until

BOOT = "read -r boot < /proc/sys/kernel/random/boot_id; echo $boot"
MARK = "quorate: trial {run} begins"
NOTE_MARK = "output=$EPOCHREALTIME; echo {mark} > /dev/kmsg && journalctl --sync || exit"
"""Writes the mark to the kernel's log, from which it reaches both journal and console. The journal
is on disk then. Without the sync, a node that lost its power 1.3 s later lost the mark as well."""
LINES = f"journalctl -q --no-pager -a -o json --output-fields={FIELDS}"
"""Without `-a`, journalctl prints a field of more than 4 KiB as null."""
ALL = f"{BOOT}; {LINES} -b"
SINCE = f"""{BOOT}
lines() {{{{ {LINES} --since=@{{epoch_s:.6f}} "$@" || exit; }}}}
if [ "$boot" = {{boot}} ]; then lines -b; exit; fi
boots=$(journalctl -q -F _BOOT_ID) || exit
for boot in $boots; do lines _BOOT_ID=$boot; done"""
"""Reads each boot separately, because each has its own clock: a restored node shows the time of its
checkpoint until it reboots. That clock is late, so all new lines are newer than its time. Boots
that ended before the test have no such line."""
LOST = "the mark of the beginning is not in the journal: it was rotated or lost"
DEADLINE = timedelta(seconds=60)
BOOTING = timedelta(seconds=90)
"""An emulated node boots in 40 s."""


class Begin(NamedTuple):
    """A node at the beginning of the test."""

    boot: str
    epoch_s: float
    """Time of the node's clock."""


class Journals:
    """Marks each node's journal in `start`, and reads what was added in `collect`."""

    name = "journals"
    watching = Watching(longest_hole_s=3)
    needs = Needs()

    def __init__(self, target: Target, timeline: Timeline, *, run: str) -> None:
        self._target = target
        self._timeline = timeline
        self._mark = MARK.format(run=run)
        self._begun: dict[str, Begin] = {}

    def start(self) -> None:
        """Mark the beginning. A node that cannot be reached is a gap."""
        self._each(self._begin)

    def before_fault(self) -> None:
        """Nothing to do: the nodes write their journals themselves."""

    def stop(self) -> None:
        """Nothing to do: the journals are read by `collect`."""

    def collect(self) -> None:
        """Note every line since the beginning, of every boot of each node.

        A test that fails because a node was fenced ends while that node boots, so wait for it.
        """
        self._each(self._read_after_boot)

    def _each(self, act: Callable[[NodePlan], None]) -> None:
        def reach(node: NodePlan) -> None:
            try:
                if self._target.is_off(node):
                    raise Unreachable(f"{node}: no power")
                act(node)
            except LabError as gap:
                self._note_gap(node.name, str(gap))

        self._target.shell.each(self._target.plan.nodes.values(), reach)

    def _begin(self, node: NodePlan) -> None:
        first = NOTE_MARK.format(mark=shlex.quote(self._mark))
        measured = measure(self._target.shell, node, first=first)
        self._begun[node.name] = Begin(measured.boot, float(measured.output))
        self._note_clock(node, measured)

    def _read_after_boot(self, node: NodePlan) -> None:
        with suppress(Timeout):
            wait_until(f"{node} answers", lambda: self._answers(node), within=BOOTING)
        self._read(node)

    def _answers(self, node: NodePlan) -> bool:
        try:
            return self._target.shell.run(node, "true").ok
        except Unreachable:
            return False

    def _read(self, node: NodePlan) -> None:
        """Read a node's journal: all of this boot if the node was not reached at the beginning."""
        begun = self._begun.get(node.name)
        command = SINCE.format(**begun._asdict()) if begun else ALL
        asked_s = time.monotonic()
        answer = self._target.shell.check(node, command, deadline=DEADLINE)
        boot, *lines = self._clean(answer.encode()).decode(errors="replace").strip().split("\n")
        present = self._note_clock(node, measure(self._target.shell, node))
        lives: dict[str, list[Entry]] = {one: [] for one in (begun.boot if begun else boot, boot)}
        entries, complete = self._entries(node, lines)
        for entry in entries:
            lives.setdefault(entry.boot, []).append(entry)
        for life in (Life(node.name, one) for one in lives):
            noted = self._note_lines(life, lives[life.boot], self._clock(life, present))
            since_s = self._since_s(life, noted)
            if complete and since_s is not None:
                until_s = asked_s if life.boot == boot else max(line.at_s for line in noted)
                read = JournalRead(**life._asdict(), since_s=since_s, until_s=until_s)
                self._timeline.note(read)

    def _entries(self, node: NodePlan, lines: Iterable[str]) -> tuple[list[Entry], bool]:
        """Return all entries, and whether every line could be parsed."""
        entries, bad = [], []
        for line in lines:
            try:
                entries.append(parse(line, self._clean))
            except ValueError as error:
                bad.append(f"{line[:60]!r} ({error})")
        if bad:
            self._note_gap(node.name, f"{len(bad)} lines of the journal are damaged: {bad[0]}, ...")
        return entries, not bad

    def _note_lines(
        self, life: Life, entries: Iterable[Entry], clock: Clock
    ) -> Sequence[JournalLine]:
        halts = halts_of(self._timeline, life.node)
        return [
            self._timeline.note(
                JournalLine(
                    at_s=max(0.0, clock.monotonic(entry.epoch_s, halts)),
                    **life._asdict(),
                    who=entry.who,
                    priority=entry.priority,
                    text=text,
                )
            )
            for entry in entries
            for text in entry.lines
        ]

    def _since_s(self, life: Life, lines: Sequence[JournalLine]) -> float | None:
        """Return when complete lines begin: at the mark, or at the first line of a later boot."""
        begun = self._begun.get(life.node)
        moments = [line.at_s for line in lines]
        missing = f"the journal has nothing of boot {life.boot}"
        if begun and begun.boot == life.boot:
            texts = zip(moments, (f"{line.who}: {line.text}" for line in lines), strict=True)
            moments = [at_s for at_s, text in texts if self._mark in text]
            missing = LOST
        if not moments:
            self._note_gap(life.node, missing)
        return min(moments, default=None)

    def _clock(self, life: Life, present: Clock) -> Clock:
        """Return the best measured clock of a boot, or the present boot's if there is none."""
        readings = [one for one in self._timeline.of(ClockReading) if life_of(one) == life]
        if not readings:
            readings = [self._timeline.note(present.reading(life, "journals"))]
        return clock_of(min(readings, key=lambda one: one.uncertainty_s))

    def _note_clock(self, node: NodePlan, measured: Measured) -> Clock:
        self._timeline.note(measured.clock.reading(Life(node.name, measured.boot), "journals"))
        return measured.clock

    def _clean(self, text: bytes) -> bytes:
        """Remove the lab's secrets, so that none enters the record."""
        return self._target.redact(text)

    def _note_gap(self, node: str, reason: str) -> None:
        self._timeline.note(Blind(observer=self.name, part=node, reason=reason))
