"""Inject a fault so that its undo is owed first, its bite is proved, and its end is proved."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from harness.errors import Invalid
from harness.faults.expiry import Expiry
from harness.faults.fault import Fault
from harness.lab.lab import Lab
from harness.record.timeline import Timeline
from harness.waiting import Timeout, wait_until

BITE = timedelta(seconds=10)
GONE = timedelta(seconds=60)


class Injector:
    """`with inject(fault):`. A passing body lifts the fault at once. A failing body leaves it.

    So the evidence shows the cluster as it failed; `close` lifts what is left afterwards.
    """

    def __init__(self, lab: Lab, timeline: Timeline, *, ready: Callable[[], None]) -> None:
        """`ready` is called before each fault; it returns when all is ready to observe its harm."""
        self._lab = lab
        self._ready = ready
        self._timeline = timeline
        self._owed = ExitStack()
        self.injected: list[Fault] = []

    @contextmanager
    def __call__(self, fault: Fault) -> Iterator[None]:
        """Harm the cluster for as long as the body runs.

        Raises:
            Invalid: the fault does not bite, or does not go away.
        """
        self._ready()
        lift = self._owe(fault)
        self._timeline.note("fault", "injecting", fault=str(fault), node=fault.node.name)
        fault.inject(self._lab)
        self._prove(f"{fault} bites", lambda: fault.bites(self._lab), BITE)
        self._timeline.note("fault", "bites", fault=str(fault))
        yield
        lift()
        self._prove(f"{fault} is gone", lambda: fault.gone(self._lab), GONE)

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
                self._timeline.note("fault", "lifted", fault=str(fault))

        self.injected.append(fault)
        self._owed.callback(lift)
        return lift

    def _prove(self, sentence: str, fact: Callable[[], bool], within: timedelta) -> None:
        try:
            wait_until(sentence, fact, within=within)
        except Timeout as error:
            raise Invalid(f"no honest test: {error}") from None
