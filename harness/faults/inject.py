"""Inject a fault so that its undo is owed first, its bite is proved, and its end is proved."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from harness.errors import Invalid
from harness.faults.expiry import Expiry
from harness.faults.fault import Fault
from harness.lab.lab import Lab
from harness.record.events import FaultInjecting, FaultStep, Step
from harness.record.timeline import Timeline
from harness.waiting import Timeout, wait_until

BITE = timedelta(seconds=10)
GONE = timedelta(seconds=60)


class Injector:
    """Injects faults in a `with`; a failing body leaves its fault in place for the evidence.

    `close` lifts what is left afterwards.

    Example:
        with inject(PowerOff(cluster.host_of(guest))):
            cluster.wait_until(...)
    """

    def __init__(self, lab: Lab, timeline: Timeline, *, ready: Callable[[], None]) -> None:
        """`ready` is called before each fault; it returns when all is ready to see its harm."""
        self._lab = lab
        self._ready = ready
        self._timeline = timeline
        self._owed = ExitStack()

    @contextmanager
    def __call__(self, fault: Fault) -> Iterator[None]:
        """Harm the cluster for as long as the body runs.

        Raises:
            Invalid: the fault does not bite, ended by itself, or does not go away.
        """
        self._ready()
        lift = self._owe(fault)
        self._timeline.note(
            FaultInjecting(
                fault=str(fault),
                victims=tuple(node.name for node in fault.victims),
                may_be_fenced=tuple(node.name for node in fault.may_be_fenced),
                disturbs_guests=fault.disturbs_guests,
            )
        )
        fault.inject(self._lab)
        self._prove(fault, "bites", lambda: fault.bites(self._lab), BITE)
        yield
        self._prove(fault, "still bites", lambda: fault.bites(self._lab), timedelta())
        lift()
        self._prove(fault, "gone", lambda: fault.gone(self._lab), GONE)

    def close(self) -> None:
        """Lift every fault that is still owed, the last one first."""
        self._owed.close()

    def _owe(self, fault: Fault) -> Callable[[], None]:
        """Register the undo; it runs once, whoever calls it first."""
        expiry = Expiry(self._lab, fault)
        lifted = False

        def lift() -> None:
            nonlocal lifted
            if not lifted:
                fault.lift(self._lab)
                lifted = True
                expiry.cancel()
                self._timeline.note(FaultStep(fault=str(fault), step="lifted"))

        self._owed.callback(lift)
        return lift

    def _prove(self, fault: Fault, step: Step, fact: Callable[[], bool], within: timedelta) -> None:
        try:
            wait_until(f"{fault} {step}", fact, within=within)
        except Timeout as error:
            raise Invalid(f"no honest test: {error}") from None
        self._timeline.note(FaultStep(fault=str(fault), step=step))
