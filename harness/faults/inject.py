"""Injection of faults: register the undo, inject, prove the effect, lift, prove the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from harness.errors import Invalid
from harness.faults.expiry import Expiry
from harness.faults.fault import Fault, as_json
from harness.faults.trigger import Trigger
from harness.record.events import FaultInjecting, FaultStep, PowerChange, Step, Triggered
from harness.record.spans import POWER_LOST
from harness.record.timeline import Timeline
from harness.target.target import Target, Unsupported, require
from harness.waiting import Timeout, wait_until

BITE = timedelta(seconds=10)
GONE = timedelta(seconds=60)


class Injector:
    """Injects a fault for the body of a `with` statement. The fixture `inject` is one.

    A body that passes lifts its fault. A body that fails leaves the fault in place, so that the
    evidence shows it; `close` lifts it afterwards.

    Example:
        victim = cluster.host_of(guest)
        with inject(PowerOff(victim)):
            cluster.wait_until(fenced(victim) & runs_on(guest, cluster.peer_of(victim)))
    """

    def __init__(self, target: Target, timeline: Timeline, *, ready: Callable[[], None]) -> None:
        """`ready` is called before each fault. It returns when all observers are ready."""
        self._target = target
        self._ready = ready
        self._timeline = timeline
        self._undo = ExitStack()

    @contextmanager
    def __call__(self, fault: Fault, *, when: Trigger | None = None) -> Iterator[None]:
        """Inject the fault, run the body, and lift the fault.

        With `when` it waits for that trigger first, and injects the fault at once when it comes.

        Raises:
            Unsupported: the target lacks a capability that the fault needs.
            Invalid: the trigger does not come, or the fault does not bite, ended by itself, or is
                not gone after the lift.
        """
        self._require_target(fault)
        self._ready()
        name = self._name(fault)
        lift = self._register_undo(fault, name)
        begin_s = self._inject(fault, name, when)
        self._prove(name, "bites", lambda: fault.bites(self._target), BITE)
        yield
        if fault.ends_with_boot and self._lost_power(fault, begin_s):
            self._timeline.note(FaultStep(fault=name, step="ended"))
        else:
            self._prove(name, "still bites", lambda: fault.bites(self._target), timedelta())
        lift()
        self._prove(name, "gone", lambda: fault.gone(self._target), GONE)

    def close(self) -> None:
        """Lift every fault that is still in place, the last one first."""
        self._undo.close()

    def _require_target(self, fault: Fault) -> None:
        """Check the target's capabilities.

        A test that has injected a fault already is invalid and not skipped: a skip would hide what
        the fault did.
        """
        try:
            require(self._target, fault.needs, fault.name)
        except Unsupported as lacking:
            if self._timeline.knows(FaultInjecting):
                raise Invalid(str(lacking)) from None
            raise

    def _inject(self, fault: Fault, name: str, when: Trigger | None) -> float:
        """Inject the fault, at its trigger if it has one, and return when that began."""
        aimed_s = self._await(when) if when else 0.0
        begin_s = time.monotonic()
        self._timeline.note(_injecting(fault, name))
        fault.inject(self._target)
        if when:
            late_s = time.monotonic() - aimed_s
            self._timeline.note(
                Triggered(fault=name, trigger=str(when), aimed_s=aimed_s, late_s=late_s)
            )
        return begin_s

    def _await(self, trigger: Trigger) -> float:
        try:
            within = self._target.timings.patience
            return trigger.wait(self._target, self._timeline, within=within)
        except Timeout as error:
            raise Invalid(f"no honest test: the trigger did not come, {error}") from None

    def _name(self, fault: Fault) -> str:
        """Return the fault's name, with a number if the test has injected the same one before."""
        form = as_json(fault)
        earlier = sum(one.form == form for one in self._timeline.of(FaultInjecting))
        return f"{fault.name} ({earlier + 1})" if earlier else fault.name

    def _lost_power(self, fault: Fault, since_s: float) -> bool:
        """Return whether a victim has lost its power since then."""
        names = {node.name for node in fault.victims}
        changes = self._timeline.of(PowerChange)
        return any(
            change.node in names and change.change in POWER_LOST and change.at_s >= since_s
            for change in changes
        )

    def _register_undo(self, fault: Fault, name: str) -> Callable[[], None]:
        """Register the undo of a fault and return it. It runs only once."""
        expiry = Expiry(self._target, fault)
        lifted = False

        def lift() -> None:
            nonlocal lifted
            if not lifted:
                fault.lift(self._target)
                lifted = True
                expiry.cancel()
                self._timeline.note(FaultStep(fault=name, step="lifted"))

        self._undo.callback(lift)
        return lift

    def _prove(self, name: str, step: Step, fact: Callable[[], bool], within: timedelta) -> None:
        try:
            wait_until(f"{name} {step}", fact, within=within)
        except Timeout as error:
            raise Invalid(f"no honest test: {error}") from None
        self._timeline.note(FaultStep(fault=name, step=step))


def _injecting(fault: Fault, name: str) -> FaultInjecting:
    return FaultInjecting(
        fault=name,
        victims=tuple(node.name for node in fault.victims),
        may_be_fenced=tuple(node.name for node in fault.may_be_fenced),
        disturbs_guests=fault.disturbs_guests,
        ends_with_boot=fault.ends_with_boot,
        blinds=fault.blinds,
        form=as_json(fault),
    )
