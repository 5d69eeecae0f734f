"""The observer of this machine's processors: how much time the lab missed.

Corosync declares a node dead that does not run for the token time-out (3 s). So the longest stall
of a node's processor counts: a period in which it was ready to run and did not run at all. Nodes
that wait for each other in small slices do not falsify a verdict: with nothing else on two
processors, a node waited for 60 to 62 % of 5 s in a good failover. Time taken by other processes,
or by a hypervisor under this machine, does: the cluster's time-outs do not allow for it.
"""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import psutil

from harness.errors import LabError
from harness.observe.memory_latency import MemoryLatency
from harness.observe.observer import observer_thread
from harness.observe.qemu_time import QemuTime, qemus_below
from harness.observe.strangers import Strangers
from harness.record import events
from harness.record.timeline import Timeline
from harness.target.target import Capability, Needs, Target

SAMPLE = timedelta(seconds=0.2)
PERIOD = timedelta(seconds=1)
NAMED = 0.1
"""Share of strangers from which on the busiest one is looked for, at a cost."""


Process = tuple[str, int]
"""A node, and the id of its QEMU process, which changes with a power cut."""


@dataclass(frozen=True)
class Reading:
    """The values of all counters at one moment, in seconds."""

    at_s: float
    busy_s: float
    """Processor time of all processes of this machine."""
    own_s: float
    """Processor time of the lab's QEMU processes and of the harness."""
    stolen_s: float
    waited_s: dict[Process, float]
    stalled_s: dict[Process, float]
    """Longest stall since the previous reading."""


class HostLoad:
    """Samples the scheduler's counters five times a second, and notes a summary each second."""

    name = "host_load"
    watching = events.Watching(longest_hole_s=3)
    needs = Needs({Capability.HOST})

    def __init__(self, target: Target, timeline: Timeline) -> None:
        self._target = target
        self._timeline = timeline
        self._qemus: list[QemuTime] = []
        self._strangers = Strangers()
        self._memory = MemoryLatency()
        self._lab_s = 0.0
        self._end = threading.Event()
        self._thread = observer_thread(self.name, self._run, timeline)

    def start(self) -> None:
        """See `Observer.start`. Returns when the QEMU process of each powered node was found."""
        try:
            self._find()
        except OSError as error:
            raise LabError(f"the lab's processes cannot be seen: {error}") from None
        self._lab_s = 0.0
        self._thread.start()

    def before_fault(self) -> None:
        """See `Observer.before_fault`. Nothing to do: the rate is constant."""

    def stop(self) -> None:
        """See `Observer.stop`."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        while self._qemus:
            self._qemus.pop().close()

    def collect(self) -> None:
        """See `Observer.collect`. Nothing to do: everything is noted at once."""

    def _run(self) -> None:
        last = self._reading()
        while not self._end.wait(SAMPLE.total_seconds()):
            self._sample()
            if time.monotonic() - last.at_s >= PERIOD.total_seconds():
                with suppress(OSError):  # a process ended meanwhile; the next pass skips it
                    self._find()
                now = self._reading()
                load = load_between(last, now, processors=psutil.cpu_count() or 1)
                found = {"busiest": self._busiest(load), "memory_ns": round(self._memory.read_ns())}
                self._timeline.note(load.model_copy(update=found))
                last = now

    def _busiest(self, load: events.HostLoad) -> str:
        """Return the name of the busiest stranger, from the second in a row of high load."""
        if load.strangers >= NAMED:
            return self._strangers.busiest({qemu.pid for qemu in self._qemus})
        self._strangers.forget()
        return ""

    def _sample(self) -> None:
        at_s = time.monotonic()
        for qemu in list(self._qemus):
            used_s = qemu.used_s
            if qemu.sample(at_s):
                self._lab_s += qemu.used_s - used_s
            else:
                self._qemus.remove(qemu)
                qemu.close()

    def _find(self) -> None:
        """Find the QEMU process of each node without one. Its time since its start counts."""
        pid = self._target.host.pid
        missing = set(self._target.plan.nodes) - {qemu.node for qemu in self._qemus if qemu.serving}
        if pid is None or not missing:
            return
        for node, process in qemus_below(pid):
            if node in missing:
                self._add(QemuTime(node, process))

    def _add(self, qemu: QemuTime) -> None:
        at_s, known = time.monotonic(), {of.pid for of in self._qemus}
        if qemu.ready and qemu.pid not in known and qemu.sample(at_s):
            self._lab_s += qemu.used_s
            self._qemus.append(qemu)
        else:
            qemu.close()

    def _reading(self) -> Reading:
        cpu, serving = psutil.cpu_times(), [qemu for qemu in self._qemus if qemu.serving]
        return Reading(
            at_s=time.monotonic(),
            # `user` includes the time of virtual machines.
            busy_s=cpu.user + cpu.nice + cpu.system + cpu.irq + cpu.softirq,
            own_s=self._lab_s + time.process_time(),
            stolen_s=cpu.steal,
            waited_s={(qemu.node, qemu.pid): qemu.waited_s for qemu in serving},
            stalled_s={(qemu.node, qemu.pid): qemu.take_longest_stall_s() for qemu in serving},
        )


def load_between(last: Reading, now: Reading, *, processors: int) -> events.HostLoad:
    """Return the load between two readings, of nodes that had power at both."""
    seconds = now.at_s - last.at_s
    strangers_s = (now.busy_s - last.busy_s) - (now.own_s - last.own_s)
    both = now.waited_s.keys() & last.waited_s.keys()
    waited = {of[0]: (now.waited_s[of] - last.waited_s[of]) / seconds for of in both}
    return events.HostLoad(
        at_s=now.at_s,
        seconds=round(seconds, 3),
        waited={node: round(max(0.0, share), 3) for node, share in waited.items()},
        stalled_s={of[0]: round(now.stalled_s[of], 3) for of in both},
        strangers=round(max(0.0, strangers_s / seconds / processors), 3),
        stolen=round((now.stolen_s - last.stolen_s) / seconds / processors, 3),
    )
