"""The nodes' journals of a test, on its timeline; read once, at its end."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from harness.lab.keys import redact
from harness.lab.lab import Lab
from harness.lab.shell import ShellError, Unreachable
from harness.observe.clock import Clock, read_clock
from harness.plan import NodePlan
from harness.record.timeline import Timeline

BOOT = "read -r boot < /proc/sys/kernel/random/boot_id; echo $boot"
TIME = "echo $EPOCHREALTIME"
LINES = "journalctl -q --no-pager -o short-unix"
SINCE = f"""{BOOT}
if [ "$boot" = {{boot}} ]; then {LINES} -b --since=@{{told_s:.6f}}; exit; fi
for boot in $(journalctl -q -F _BOOT_ID)
do echo "boot $boot"; {LINES} --since=@{{told_s:.6f}} _BOOT_ID=$boot
done"""
"""Each life by itself, since each has a clock of its own: a restored node shows the time of its
checkpoint until it boots anew. That clock is behind, so what is newer than it is all that is new;
lives that ended before the test have no such line."""
LINE = re.compile(r"(?P<told>[\d.]+) \S+ (?P<who>[^\[:]+)(?:\[\d+\])?: (?P<text>.*)")
"""As `journalctl -o short-unix` prints it; what a line breaks off into is left out."""
LIFE = re.compile(r"boot ([0-9a-f]{32})")
DEADLINE = timedelta(seconds=60)


@dataclass(frozen=True)
class Begin:
    """A node as the test found it."""

    boot: str
    told_s: float
    """Its own time, in seconds since the epoch."""
    clock: Clock


class Journals:
    """Remembers where each node's journal stands, and later takes what came after."""

    def __init__(self, lab: Lab, timeline: Timeline) -> None:
        self._lab = lab
        self._timeline = timeline
        self._begun: dict[str, Begin] = {}

    def begin(self) -> None:
        """The test begins now."""
        self._each(self._mark)

    def read(self) -> None:
        """Take every line since then, of every life that a node has had."""
        self._each(self._take)

    def _each(self, act: Callable[[NodePlan], None]) -> None:
        def reach(node: NodePlan) -> None:
            try:
                if not self._lab.hypervisor.is_running(node.name):
                    raise Unreachable(f"{node}: no power")
                act(node)
            except ShellError as gap:
                self._timeline.note("journal", "blind", node=node.name, blind=str(gap))

        self._lab.shell.each(self._lab.plan.nodes.values(), reach)

    def _mark(self, node: NodePlan) -> None:
        boot, now = self._lab.shell.check(node, f"{BOOT}; {TIME}").split()
        self._begun[node.name] = Begin(boot, float(now), self._clock(node))

    def _take(self, node: NodePlan) -> None:
        """Of a node that was out of reach when the test began, take all of its present life."""
        clock, begun = self._clock(node), self._begun.get(node.name)
        command = SINCE.format(**vars(begun)) if begun else f"{BOOT}; {LINES} -b"
        said = self._lab.shell.check(node, command, deadline=DEADLINE)
        clean = redact(said.encode(), self._lab.state.keys).decode(errors="replace")
        boot, *lines = clean.splitlines()
        clocks = self._watched() | ({begun.boot: begun.clock} if begun else {}) | {boot: clock}
        for life, told in _lives(boot, lines).items():
            self._note(node, life, clocks.get(life, clock), told)

    def _note(self, node: NodePlan, boot: str, clock: Clock, told: Iterable[re.Match[str]]) -> None:
        self._timeline.note("journal", "clock", node=node.name, boot=boot, **vars(clock))
        for line in told:
            at_s = clock.monotonic(float(line["told"]))
            detail = {"node": node.name, "boot": boot, "who": line["who"], "text": line["text"]}
            self._timeline.note("journal", "journal", at_s=at_s, **detail)

    def _clock(self, node: NodePlan) -> Clock:
        return read_clock(lambda: float(self._lab.shell.check(node, TIME)))

    def _watched(self) -> dict[str, Clock]:
        """Clocks that the watch measured: of lives that began and ended within the test too."""
        told = [event.detail for event in self._timeline.events("clock")]
        return {d["boot"]: Clock(d["offset_s"], d["uncertainty_s"]) for d in told}


def _lives(boot: str, lines: Iterable[str]) -> dict[str, list[re.Match[str]]]:
    """The lines of each life that has any, and of the present one."""
    lives: dict[str, list[re.Match[str]]] = {boot: []}
    life = boot
    for line in lines:
        if begun := LIFE.fullmatch(line):
            life = str(UUID(begun[1]))
        elif match := LINE.match(line):
            lives.setdefault(life, []).append(match)
    return lives
