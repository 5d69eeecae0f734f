"""The nodes' journals of a test, on its timeline; read once, at its end."""

import re
from collections.abc import Callable
from datetime import timedelta

from harness.lab.lab import Lab
from harness.lab.shell import ShellError, Unreachable
from harness.observe.clock import Clock, read_clock
from harness.plan import NodePlan
from harness.timeline import Timeline

BOOT = "read -r boot < /proc/sys/kernel/random/boot_id; echo $boot"
TIME = "echo $EPOCHREALTIME"
LINE = re.compile(r"(?P<told>[\d.]+) \S+ (?P<who>[^\[:]+)(?:\[\d+\])?: (?P<text>.*)")
"""As `journalctl -o short-unix` prints it; what a line breaks off into is left out."""
DEADLINE = timedelta(seconds=60)


class Journals:
    """Remembers where each node's journal stands, and later takes what came after."""

    def __init__(self, lab: Lab, timeline: Timeline) -> None:
        self._lab = lab
        self._timeline = timeline
        self._begun: dict[str, tuple[str, float]] = {}

    def begin(self) -> None:
        """The test begins now."""
        self._each(self._mark)

    def read(self) -> None:
        """Take every line since then; of a node that was started anew, all of its new life."""
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
        self._begun[node.name] = (boot, float(now))

    def _take(self, node: NodePlan) -> None:
        clock = self._clock(node)
        known, begun_s = self._begun.get(node.name, ("", 0.0))
        since = f'[ "$boot" = "{known}" ] && set -- --since=@{begun_s:.6f}'
        journal = 'journalctl -q -b --no-pager -o short-unix "$@"'
        said = self._lab.shell.check(node, f"{BOOT}; {since}; {journal}", deadline=DEADLINE)
        for line in said.splitlines()[1:]:
            if match := LINE.match(line):
                at_s = clock.monotonic(float(match["told"]))
                detail = {"node": node.name, "who": match["who"], "text": match["text"]}
                self._timeline.note("journal", "journal", at_s=at_s, **detail)

    def _clock(self, node: NodePlan) -> Clock:
        clock = read_clock(lambda: float(self._lab.shell.check(node, TIME)))
        self._timeline.note("journal", "clock", node=node.name, **vars(clock))
        return clock
