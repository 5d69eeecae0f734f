"""Where a node's clock stands against this machine's monotonic one.

A node that the hypervisor suspends does not notice: its clock stands still meanwhile, and is behind
by that much from then on.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from harness.plan.plan import NodePlan
from harness.record.events import ClockReading, PowerChange
from harness.record.power import AWAKE, Stretch
from harness.record.spans import Life
from harness.record.timeline import Timeline
from harness.target.shell import Unreachable
from harness.target.target import Shell

QUESTIONS = 5
DIALOG = """read -r boot < /proc/sys/kernel/random/boot_id
{first}
while read -r _; do echo $boot $EPOCHREALTIME $output; done"""
"""What a node's shell runs for it: an answer takes an emulated node 5 ms, a new process 60."""


@dataclass(frozen=True)
class Clock:
    """A node's clock, as measured by asking it for the time.

    Example:
        at_s = clock.monotonic(epoch_s, halts_of(timeline, "alpha"))
    """

    offset_s: float
    """Its seconds since the epoch, less monotonic seconds of this machine."""
    uncertainty_s: float
    """How much earlier or later it may be: half of the quickest round trip."""
    measured_s: float
    """When it was measured."""

    def monotonic(self, epoch_s: float, halts: Sequence[Stretch] = ()) -> float:
        """When the node's clock showed that, in monotonic seconds of this machine.

        `halts` are those of the node in their order, before and after the measuring.
        """
        moment_s = epoch_s - self.offset_s - _halted_s(halts, self.measured_s)
        for halt in halts:
            if moment_s > halt.from_s:
                moment_s += halt.length_s
        return moment_s

    def reading(self, life: Life, reader: Literal["node_agent", "journals"]) -> ClockReading:
        """The measurement, as the record has it."""
        return ClockReading(
            at_s=self.measured_s,
            **life._asdict(),
            reader=reader,
            offset_s=self.offset_s,
            uncertainty_s=self.uncertainty_s,
        )


class Measured(NamedTuple):
    """A node's clock in its present life."""

    boot: str
    clock: Clock
    output: str
    """What the node's shell put into `$output` first."""


def measure(shell: Shell, node: NodePlan, *, first: str = "") -> Measured:
    """Ask a node for its time, several times, and take the quickest answer.

    `first` is a piece of shell that the node runs before, in the same process.

    Example:
        boot, clock, _ = measure(lab.shell, node)

    Raises:
        Unreachable: the node does not answer.
    """
    answers: list[_Answer] = []

    def ask_time(ask: Callable[[], str]) -> float:
        answers.append(_Answer.read(ask()))
        return answers[-1].epoch_s

    try:
        with shell.dialog(node, DIALOG.format(first=first)) as ask:
            clock = read_clock(lambda: ask_time(ask))
    except ValueError:
        raise Unreachable(f"{node}: does not tell its time") from None
    return Measured(answers[-1].boot, clock, answers[-1].output)


class _Answer(NamedTuple):
    boot: str
    epoch_s: float
    output: str

    @classmethod
    def read(cls, line: str) -> "_Answer":
        """Raises ValueError when it is none."""
        boot, epoch, *output = line.split()
        return cls(boot, float(epoch), " ".join(output))


def read_clock(ask: Callable[[], float]) -> Clock:
    """The quickest of several answers."""
    return min(_readings(ask), key=lambda clock: clock.uncertainty_s)


def clock_of(reading: ClockReading) -> Clock:
    """The clock that was measured so."""
    return Clock(reading.offset_s, reading.uncertainty_s, reading.at_s)


def halts_of(timeline: Timeline, node: str) -> tuple[Stretch, ...]:
    """When the node was suspended so far, by the hypervisor's word.

    A halt that nothing has ended lasts until now: a word that the node sent since then came after
    it was resumed, which the hypervisor reports a moment later.
    """
    if not timeline.knows(PowerChange):
        return ()
    halts: list[Stretch] = []
    began_s: float | None = None
    for change in timeline.of(PowerChange):
        if change.node != node:
            continue
        if change.change == "suspended":
            began_s = change.at_s if began_s is None else began_s
        elif change.change in AWAKE and began_s is not None:
            halts.append(Stretch(began_s, change.at_s))
            began_s = None
    return (*halts, *([] if began_s is None else [Stretch(began_s, time.monotonic())]))


def _halted_s(halts: Iterable[Stretch], until_s: float) -> float:
    return sum(halt.length_s for halt in halts if halt.until_s <= until_s)


def _readings(ask: Callable[[], float]) -> Iterable[Clock]:
    for _ in range(QUESTIONS):
        asked_s = time.monotonic()
        answer_s = ask()
        answered_s = time.monotonic()
        middle_s = (asked_s + answered_s) / 2
        yield Clock(answer_s - middle_s, (answered_s - asked_s) / 2, middle_s)
