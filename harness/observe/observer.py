"""The protocol of an observer: it observes from `start` to `stop`, and notes events."""

import threading
from collections.abc import Callable
from typing import Protocol

from harness.errors import first_line
from harness.record.events import Failure, Watching
from harness.record.timeline import Timeline
from harness.target.target import Needs


class Observer(Protocol):
    """One way to observe a cluster under test. CONTRIBUTING.md says how to add one."""

    name: str
    watching: Watching
    """Its limits. A longer gap, or a lower rate, makes the test invalid."""
    needs: Needs

    def start(self) -> None:
        """Begin to observe. Returns when every part was observed once.

        Raises:
            LabError: it cannot observe.
            ClusterError: the cluster does not do what the observation requires.
        """

    def before_fault(self) -> None:
        """Prepare for a fault that is about to be injected. Returns when it is ready.

        Raises:
            ClusterError: the cluster does not do what it must before a fault.
        """

    def stop(self) -> None:
        """Stop observing. May be called again."""

    def collect(self) -> None:
        """Note, after `stop`, what could not be noted before. Never raises for a broken node."""


def observer_thread(name: str, run: Callable[[], None], timeline: Timeline) -> threading.Thread:
    """Return a thread for an observer. If `run` raises, the test becomes invalid."""

    def guarded() -> None:
        try:
            run()
        except BaseException as error:  # noqa: BLE001  any error ends the observation
            reason = f"{name} ended: {type(error).__name__}: {first_line(error)}"
            timeline.note(Failure(reason=reason, blame="lab"))

    return threading.Thread(target=guarded, name=name, daemon=True)
