"""The observer of the nodes' power, at the hypervisor: harness, fencing or crash may change it."""

from harness.errors import LabError, first_line
from harness.record.events import Blind, PowerChange, PowerState, Watching
from harness.record.timeline import Timeline
from harness.target.target import Capability, Needs, Target


class PowerLog:
    """Notes each node's power at the start and the end, and every change in between."""

    name = "power_log"
    watching = Watching(longest_hole_s=60)
    needs = Needs({Capability.POWER})

    def __init__(self, target: Target, timeline: Timeline) -> None:
        self._target = target
        self._timeline = timeline
        self._subscription: int | None = None

    def start(self) -> None:
        """See `Observer.start`. It subscribes before it asks, so that no change is missed."""
        self._subscription = self._target.power.subscribe(self._note_change)
        for node in self._target.plan.nodes:
            self._note_state(node)

    def before_fault(self) -> None:
        """See `Observer.before_fault`. Nothing to do: every change is reported."""

    def stop(self) -> None:
        """See `Observer.stop`."""
        if self._subscription is not None:
            self._target.power.unsubscribe(self._subscription)
            self._subscription = None

    def collect(self) -> None:
        """See `Observer.collect`. Notes each node's power at the end."""
        for node in self._target.plan.nodes:
            try:
                self._note_state(node)
            except LabError as error:
                blind = Blind(observer=self.name, part=node, reason=first_line(error))
                self._timeline.note(blind)

    def _note_change(self, node: str, change: str) -> None:
        self._timeline.note(PowerChange(node=node, change=change))

    def _note_state(self, node: str) -> None:
        try:
            on = self._target.power.is_running(node)
        except Exception as error:  # whatever libvirt raises
            reason = f"the hypervisor does not report the power of {node}: {first_line(error)}"
            raise LabError(reason) from error
        self._timeline.note(PowerState(node=node, on=on))
