"""Inject a fault so that its undo is owed first, its bite is proved, and its end is proved."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from harness.errors import Invalid
from harness.faults.expiry import Expiry
from harness.faults.fault import Fault, as_json
from harness.record.events import FaultInjecting, FaultStep, Step
from harness.record.timeline import Timeline
from harness.target.target import Target, Unsupported, require
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

    def __init__(self, target: Target, timeline: Timeline, *, ready: Callable[[], None]) -> None:
        """`ready` is called before each fault; it returns when all is ready to see its harm."""
        self._target = target
        self._ready = ready
        self._timeline = timeline
        self._owed = ExitStack()

    @contextmanager
    def __call__(self, fault: Fault) -> Iterator[None]:
        """Harm the cluster for as long as the body runs.

        Raises:
            Unsupported: the target cannot do it.
            Invalid: the fault does not bite, ended by itself, or does not go away.
        """
        self._require_target(fault)
        self._ready()
        lift = self._owe(fault)
        self._timeline.note(
            FaultInjecting(
                fault=fault.name,
                victims=tuple(node.name for node in fault.victims),
                may_be_fenced=tuple(node.name for node in fault.may_be_fenced),
                disturbs_guests=fault.disturbs_guests,
                form=as_json(fault),
            )
        )
        fault.inject(self._target)
        self._prove(fault, "bites", lambda: fault.bites(self._target), BITE)
        yield
        self._prove(fault, "still bites", lambda: fault.bites(self._target), timedelta())
        lift()
        self._prove(fault, "gone", lambda: fault.gone(self._target), GONE)

    def close(self) -> None:
        """Lift every fault that is still owed, the last one first."""
        self._owed.close()

    def _require_target(self, fault: Fault) -> None:
        """A test that has harmed the cluster already is not skipped: that would hide the harm."""
        try:
            require(self._target, fault.needs, fault.name)
        except Unsupported as lacking:
            if self._timeline.knows(FaultInjecting):
                raise Invalid(str(lacking)) from None
            raise

    def _owe(self, fault: Fault) -> Callable[[], None]:
        """Register the undo; it runs once, whoever calls it first."""
        expiry = Expiry(self._target, fault)
        lifted = False

        def lift() -> None:
            nonlocal lifted
            if not lifted:
                fault.lift(self._target)
                lifted = True
                expiry.cancel()
                self._timeline.note(FaultStep(fault=fault.name, step="lifted"))

        self._owed.callback(lift)
        return lift

    def _prove(self, fault: Fault, step: Step, fact: Callable[[], bool], within: timedelta) -> None:
        try:
            wait_until(f"{fault.name} {step}", fact, within=within)
        except Timeout as error:
            raise Invalid(f"no honest test: {error}") from None
        self._timeline.note(FaultStep(fault=fault.name, step=step))
