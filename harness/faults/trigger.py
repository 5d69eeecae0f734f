"""Triggers: the moment at which a fault is injected, given by an event of the running test."""

import queue
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from harness.plan.plan import GuestPlan, NodePlan
from harness.record.events import DrbdChange, Event, NodeSample
from harness.record.timeline import Timeline
from harness.target.shell import Unreachable
from harness.target.target import Target
from harness.waiting import Timeout

FIRST_LINE = "grep -m 1 -E {pattern} < <(journalctl -f -n 0 -o cat -t {program} 2> /dev/null)"
"""Ends with the first line that matches, in the moment in which the node logs it."""


@dataclass(frozen=True)
class Trigger:
    """The first event of some kind after a fault was armed, and a delay after that event.

    Nothing is polled: the event is seen on the node, and reaches the harness within milliseconds.

    Example:
        with inject(PowerOff(host)), inject(PowerOff(peer), when=promoted(guest, peer)):
            cluster.holds(stopped_on(guest, peer), throughout=timedelta(seconds=30))
    """

    sentence: str
    await_event: Callable[[Target, Timeline, timedelta], float]
    """Waits that long for the event, and returns its time; raises `Timeout` if it does not come."""
    delay: timedelta = timedelta()

    def later(self, delay: timedelta) -> "Trigger":
        """Return this trigger with a delay.

        Example:
            promoted(guest, peer).later(timedelta(milliseconds=500))
        """
        return replace(self, delay=delay)

    def wait(self, target: Target, timeline: Timeline, *, within: timedelta) -> float:
        """Wait for the event and the delay, and return the moment that the trigger aims at.

        Raises:
            Timeout: no such event came in time.
        """
        try:
            aimed_s = self.await_event(target, timeline, within) + self.delay.total_seconds()
        except Timeout:
            limit_s = within.total_seconds()
            raise Timeout(f"not in {limit_s:.0f} s: {self.sentence}") from None
        time.sleep(max(0.0, aimed_s - time.monotonic()))
        return aimed_s

    def __str__(self) -> str:
        delay_s = self.delay.total_seconds()
        return f"{delay_s:g} s after: {self.sentence}" if delay_s else self.sentence


def promoted(guest: GuestPlan, node: NodePlan) -> Trigger:
    """DRBD makes the guest's replica on the node primary."""

    def met_by(event: Event) -> bool:
        return (
            isinstance(event, DrbdChange)
            and (event.node, event.guest) == (node.name, guest.name)
            and (event.change, event.states.get("role")) == ("change", "Primary")
        )

    return Trigger(f"{guest} is promoted on {node}", reported(met_by))


def started(guest: GuestPlan, node: NodePlan) -> Trigger:
    """The node has a process of the guest."""

    def met_by(event: Event) -> bool:
        return (
            isinstance(event, NodeSample)
            and event.node == node.name
            and any(process.guest == guest.name for process in event.runs)
        )

    return Trigger(f"{guest} is started on {node}", reported(met_by))


def members(number: int, seen_by: NodePlan) -> Trigger:
    """Corosync on a node has a new membership of that many nodes.

    All members of a membership report it at the same time, so ask one that does not boot.

    Example:
        with inject(CarrierLoss(host), when=members(3, seen_by=peer)):
            cluster.holds(runs_on(guest, peer), throughout=timedelta(minutes=1))
    """
    pattern = rf"\[QUORUM\] Members\[{number}\]"
    return Trigger(f"{number} nodes are members", logged(seen_by, "corosync", pattern))


def reported(met_by: Callable[[Event], bool]) -> Callable[[Target, Timeline, timedelta], float]:
    """Return how to wait for an event on the record, such as those of the data nodes' agents."""

    def await_event(_: Target, timeline: Timeline, within: timedelta) -> float:
        met_s: queue.SimpleQueue[float] = queue.SimpleQueue()

        def hear(event: Event) -> None:
            if met_by(event):
                met_s.put(event.at_s)

        with timeline.subscribed(hear):
            try:
                return met_s.get(timeout=within.total_seconds())
            except queue.Empty:
                raise Timeout("no event") from None

    return await_event


def logged(
    node: NodePlan, program: str, pattern: str
) -> Callable[[Target, Timeline, timedelta], float]:
    """Return how to wait for a line in a node's journal. Its time is that of the answer's arrival.

    Example:
        Trigger("a token is lost", logged(peer, "corosync", "token was lost"))
    """
    command = FIRST_LINE.format(pattern=shlex.quote(pattern), program=program)

    def await_event(target: Target, _: Timeline, within: timedelta) -> float:
        try:
            target.shell.check(node, f"bash -c {shlex.quote(command)}", deadline=within)
        except Unreachable as error:
            raise Timeout(str(error)) from None
        return time.monotonic()

    return await_event
