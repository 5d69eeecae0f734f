"""All observers of one trial. They start in groups; the harness stops and reads them together."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from harness.errors import first_line
from harness.observe.agents import NodeAgents
from harness.observe.consoles import Consoles
from harness.observe.final_state import FinalState
from harness.observe.host_load import HostLoad
from harness.observe.http_probe import GuestClient, HttpProbe
from harness.observe.icmp_probe import IcmpProbe
from harness.observe.journals import Journals
from harness.observe.observer import Observer
from harness.observe.power_log import PowerLog
from harness.observe.write_workload import WriteWorkload
from harness.record.events import Failure, ObservationEnds, Watching
from harness.record.timeline import Timeline
from harness.target.target import Capability, Needs, Target, require


class Observation:
    """All observers of the cluster.

    To add an observer, write its module and add it to a list below.
    """

    def __init__(self, target: Target, timeline: Timeline, *, run: str) -> None:
        """`run` names the trial. Raises Unsupported if the target lacks a capability."""
        self._timeline = timeline
        self._stopped = False
        guests, timings = target.plan.guests.values(), target.timings
        echoes = timedelta(milliseconds=timings.echo_period_ms)
        writes = timedelta(milliseconds=timings.write_period_ms)
        self._http = HttpProbe(guests, timeline, patience=timings.patience)
        self._power = PowerLog(target, timeline)
        self._of_nodes: tuple[Observer, ...] = (
            NodeAgents(target, timeline),
            Journals(target, timeline, run=run),
            Consoles(target, timeline),
            HostLoad(target, timeline),
            FinalState(target, timeline),
        )
        self._of_guests: tuple[Observer, ...] = (
            self._http,
            IcmpProbe(guests, timeline, after=echoes),
            WriteWorkload(guests, timeline, run=run, period=writes),
        )
        self._observers = (*self._of_nodes, *self._of_guests)
        needs = (observer.needs for observer in (*self._observers, self._power))
        require(target, Needs({Capability.BASELINE}).union(*needs), "a judged test")

    @property
    def clients(self) -> dict[str, GuestClient]:
        """The client of each guest."""
        return self._http.of

    @property
    def watching(self) -> dict[str, Watching]:
        """The limits of each observer."""
        return {one.name: one.watching for one in (*self._observers, self._power)}

    def begin(self, verify: Callable[[], None]) -> None:
        """Start all observers. `verify` the cluster while the observers of the nodes start.

        Those of the guests start when the cluster is verified: emulated nodes that were just
        restored are slow to accept logins while they serve clients.

        Raises:
            LabError: a part cannot be observed.
            ClusterError: the cluster accepts no writes, or does not answer.
        """

        def verify_then_ask() -> None:
            verify()
            _side_by_side(observer.start for observer in self._of_guests)

        self._power.start()
        _side_by_side([*(observer.start for observer in self._of_nodes), verify_then_ask])

    def before_fault(self) -> None:
        """Prepare all observers for a fault that is about to be injected.

        Raises:
            ClusterError: the guests accept no writes.
        """
        for observer in self._observers:
            observer.before_fault()

    def stop(self) -> None:
        """Stop all observers except the power log. May be called again."""
        if not self._stopped:
            self._stopped = True
            self._timeline.note(ObservationEnds())
            self._guarded(lambda: _side_by_side(o.stop for o in self._observers))

    def read(self) -> None:
        """Stop the observers and note what they hold. The power log observes until that ends."""
        self.stop()
        self._guarded(lambda: _side_by_side(o.collect for o in self._observers))
        self._guarded(self._power.collect)
        self._guarded(self._power.stop)

    def close(self) -> None:
        """Stop all observers without reading what they hold. May be called again."""
        self.stop()
        self._guarded(self._power.stop)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Call `act`. Note its error as the lab's failure, so that the verdict is still stored."""
        try:
            act()
        except Exception as error:  # noqa: BLE001  the record names any error
            reason = f"{type(error).__name__}: {first_line(error)}"
            self._timeline.note(Failure(reason=reason, blame="lab"))


def _side_by_side(acts: Iterable[Callable[[], None]]) -> None:
    """Call all functions, each in a thread. Raise the first error when all have ended."""
    all_acts = list(acts)
    with ThreadPoolExecutor(len(all_acts), thread_name_prefix="observers") as threads:
        done = [threads.submit(act) for act in all_acts]
    for act in done:
        act.result()
