"""What every observer is: it looks from `start` to `stop`, and notes events on the timeline."""

import threading
from collections.abc import Callable
from typing import Protocol

from harness.errors import first_line
from harness.record.events import Failure, Watching
from harness.record.timeline import Timeline
from harness.target.target import Needs


class Observer(Protocol):
    """One way to look at a cluster under test. To add one: a module, and an entry in the trial."""

    name: str
    watching: Watching
    """How long it may see nothing of a part before the test is invalid."""
    needs: Needs

    def start(self) -> None:
        """Look from now on; returns when every part has been seen once.

        Raises:
            LabError: it cannot look.
            ClusterError: the cluster does not do what it must for being looked at.
        """

    def before_fault(self) -> None:
        """A fault is about to be injected; returns when all is ready to see its harm.

        Raises:
            ClusterError: the cluster does not do what it must before a fault.
        """

    def stop(self) -> None:
        """Look no more; harmless when repeated."""

    def collect(self) -> None:
        """After `stop`: note what could not be noted meanwhile. Never raises for an ill node."""


def observer_thread(name: str, run: Callable[[], None], timeline: Timeline) -> threading.Thread:
    """A thread that looks; if it dies, the record tells, and the test is invalid."""

    def guarded() -> None:
        try:
            run()
        except BaseException as error:  # noqa: BLE001  whatever it is, nobody looks any more
            reason = f"{name} ended: {type(error).__name__}: {first_line(error)}"
            timeline.note(Failure(reason=reason, blame="lab"))

    return threading.Thread(target=guarded, name=name, daemon=True)
