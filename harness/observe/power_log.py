"""The machines' power as the hypervisor sees it, whoever switches it: harness, fencing, crash."""

from harness.lab.lab import Lab
from harness.record.timeline import Timeline


class PowerLog:
    """Every change of a machine's power, from `start` until `stop`."""

    def __init__(self, lab: Lab, timeline: Timeline) -> None:
        self._lab = lab
        self._timeline = timeline
        self._subscription: int | None = None

    def start(self) -> None:
        """Note every change from now on."""
        self._subscription = self._lab.hypervisor.subscribe(self._note)

    def stop(self) -> None:
        """Note no more; harmless when repeated."""
        if self._subscription is not None:
            self._lab.hypervisor.unsubscribe(self._subscription)
            self._subscription = None

    def _note(self, name: str, change: str) -> None:
        self._timeline.note("hypervisor", "power", node=name, change=change)
