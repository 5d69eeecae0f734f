"""Injection of faults: register the undo, inject, prove the effect, lift, prove the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from harness.errors import Invalid
from harness.faults.expiry import Expiry
from harness.faults.fault import Fault, as_json
from harness.record.events import FaultInjecting, FaultStep, PowerChange, Step
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
    def __call__(self, fault: Fault) -> Iterator[None]:
        """Inject the fault, run the body, and lift the fault.

        Raises:
            Unsupported: the target lacks a capability that the fault needs.
            Invalid: the fault does not bite, ended by itself, or is not gone after the lift.
        """
        self._require_target(fault)
        self._ready()
        lift = self._register_undo(fault)
        begin_s = time.monotonic()
        self._timeline.note(
            FaultInjecting(
                fault=fault.name,
                victims=tuple(node.name for node in fault.victims),
                may_be_fenced=tuple(node.name for node in fault.may_be_fenced),
                disturbs_guests=fault.disturbs_guests,
                ends_with_boot=fault.ends_with_boot,
                blinds=fault.blinds,
                form=as_json(fault),
            )
        )
        fault.inject(self._target)
        self._prove(fault, "bites", lambda: fault.bites(self._target), BITE)
        yield
        if fault.ends_with_boot and self._lost_power(fault, begin_s):
            self._timeline.note(FaultStep(fault=fault.name, step="ended"))
        else:
            self._prove(fault, "still bites", lambda: fault.bites(self._target), timedelta())
        lift()
        self._prove(fault, "gone", lambda: fault.gone(self._target), GONE)

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

    def _lost_power(self, fault: Fault, since_s: float) -> bool:
        """Return whether a victim has lost its power since then."""
        names = {node.name for node in fault.victims}
        changes = self._timeline.of(PowerChange)
        return any(
            change.node in names and change.change in POWER_LOST and change.at_s >= since_s
            for change in changes
        )

    def _register_undo(self, fault: Fault) -> Callable[[], None]:
        """Register the undo of a fault and return it. It runs only once."""
        expiry = Expiry(self._target, fault)
        lifted = False

        def lift() -> None:
            nonlocal lifted
            if not lifted:
                fault.lift(self._target)
                lifted = True
                expiry.cancel()
                self._timeline.note(FaultStep(fault=fault.name, step="lifted"))

        self._undo.callback(lift)
        return lift

    def _prove(self, fault: Fault, step: Step, fact: Callable[[], bool], within: timedelta) -> None:
        try:
            wait_until(f"{fault.name} {step}", fact, within=within)
        except Timeout as error:
            raise Invalid(f"no honest test: {error}") from None
        self._timeline.note(FaultStep(fault=fault.name, step=step))
