"""The offset of a node's clock from this machine's monotonic clock.

The clock of a node that the hypervisor suspends stands still meanwhile. From then on it is late by
that time.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from harness.plan.plan import NodePlan
from harness.record.events import ClockReading, PowerChange
from harness.record.power import ENDS_SUSPENSION, Stretch
from harness.record.spans import Life
from harness.record.timeline import Timeline
from harness.target.shell import Unreachable
from harness.target.target import Shell

ATTEMPTS = 5
DIALOG = """read -r boot < /proc/sys/kernel/random/boot_id
{first}
while read -r _; do echo $boot $EPOCHREALTIME $output; done"""
"""Script for a node's shell. An answer takes an emulated node 5 ms, a new process 60 ms."""


@dataclass(frozen=True)
class Clock:
    """The measured offset of a node's clock.

    Example:
        at_s = clock.monotonic(epoch_s, halts_of(timeline, "alpha"))
    """

    offset_s: float
    """Its seconds since the epoch, minus the monotonic seconds of this machine."""
    uncertainty_s: float
    """Largest error of the offset in either direction: half of the quickest round trip."""
    measured_s: float
    """Time of the measurement."""

    def monotonic(self, epoch_s: float, halts: Sequence[Stretch] = ()) -> float:
        """Convert a time of the node's clock to monotonic seconds of this machine.

        `halts` are the node's suspensions in order, before and after the measurement.
        """
        moment_s = epoch_s - self.offset_s - _halted_s(halts, self.measured_s)
        for halt in halts:
            if moment_s > halt.from_s:
                moment_s += halt.length_s
        return moment_s

    def reading(self, life: Life, reader: Literal["node_agent", "journals"]) -> ClockReading:
        """Return the measurement as an event."""
        return ClockReading(
            at_s=self.measured_s,
            **life._asdict(),
            reader=reader,
            offset_s=self.offset_s,
            uncertainty_s=self.uncertainty_s,
        )


class Measured(NamedTuple):
    """A node's boot id and its clock in this boot."""

    boot: str
    clock: Clock
    output: str
    """The value of `$output` in the node's shell."""


def measure(shell: Shell, node: NodePlan, *, first: str = "") -> Measured:
    """Ask a node for its time several times, and use the quickest answer.

    `first` is a shell script that the node runs before, in the same process.

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
        raise Unreachable(f"{node}: did not report its time") from None
    return Measured(answers[-1].boot, clock, answers[-1].output)


class _Answer(NamedTuple):
    boot: str
    epoch_s: float
    output: str

    @classmethod
    def read(cls, line: str) -> "_Answer":
        """Parse an answer. Raises ValueError if it is not one."""
        boot, epoch, *output = line.split()
        return cls(boot, float(epoch), " ".join(output))


def read_clock(ask: Callable[[], float]) -> Clock:
    """Measure a clock several times, and return the measurement with the quickest answer."""
    return min(_readings(ask), key=lambda clock: clock.uncertainty_s)


def clock_of(reading: ClockReading) -> Clock:
    """Convert an event back to a clock."""
    return Clock(reading.offset_s, reading.uncertainty_s, reading.at_s)


def halts_of(timeline: Timeline, node: str) -> tuple[Stretch, ...]:
    """Return the node's suspensions so far, reported by the hypervisor.

    A suspension without an end lasts until now. If the node has sent something since, it was
    resumed before that; the hypervisor reports it a moment later.
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
        elif change.change in ENDS_SUSPENSION and began_s is not None:
            halts.append(Stretch(began_s, change.at_s))
            began_s = None
    return (*halts, *([] if began_s is None else [Stretch(began_s, time.monotonic())]))


def _halted_s(halts: Iterable[Stretch], until_s: float) -> float:
    return sum(halt.length_s for halt in halts if halt.until_s <= until_s)


def _readings(ask: Callable[[], float]) -> Iterable[Clock]:
    for _ in range(ATTEMPTS):
        asked_s = time.monotonic()
        answer_s = ask()
        answered_s = time.monotonic()
        middle_s = (asked_s + answered_s) / 2
        yield Clock(answer_s - middle_s, (answered_s - asked_s) / 2, middle_s)
