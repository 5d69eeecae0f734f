"""The observer of the data nodes' agents.

They report the guests and replicas of each data node, independently of Pacemaker, and the events of
DRBD and libvirt.
"""

import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta
from functools import cached_property, partial

from harness.errors import LabError
from harness.observe.agent_control import PORT, STARTED, AgentControl
from harness.observe.agent_lines import events, parse
from harness.observe.clock import Clock, Measured, halts_of
from harness.observe.observer import observer_thread
from harness.plan.plan import NodePlan
from harness.record.events import AgentStarted, Blind, NodeSample, Watching
from harness.record.spans import AGENT, Life
from harness.record.timeline import Timeline
from harness.target.shell import Unreachable
from harness.target.target import Needs, Target
from harness.waiting import Timeout, wait_until

SOON = timedelta(milliseconds=50)
"""Poll period for the first lines. It is short, because every test waits for them."""
SILENCE = timedelta(seconds=5)
"""Time without a line after which an agent is started again. It sends a line each second."""


class NodeAgents:
    """Listens to the agent of each data node, and starts one where none runs."""

    name = AGENT
    watching = Watching(longest_hole_s=3)
    needs = Needs()

    def __init__(self, target: Target, timeline: Timeline, *, port: int = PORT) -> None:
        """`port` receives the agents' lines; 0 chooses any."""
        nodes = target.plan.data_nodes
        self._port = port
        self._target = target
        self._timeline = timeline
        self._control = AgentControl(target)
        self._guests = {str(guest.minor): guest.name for guest in target.plan.guests.values()}
        self._nodes = {str(node.addresses["mgmt"]): node for node in nodes}
        self._last_line_s = {node.name: 0.0 for node in nodes}
        self._sampled: set[str] = set()
        """Nodes of which a sample was noted."""
        self._clocks: dict[str, Clock] = {}
        """By boot id: the best measurement of its clock."""
        self._noted: set[str] = set()
        self._gaps: dict[str, set[str]] = {node.name: set() for node in nodes}
        """By node: the reasons noted in the current gap."""
        self._logs: dict[str, str] = {}
        self._end = threading.Event()
        runs = {"node agents": self._listen}
        runs |= {f"node agent of {node}": partial(self._keep_running, node) for node in nodes}
        self._threads = [observer_thread(name, run, timeline) for name, run in runs.items()]

    @cached_property
    def _socket(self) -> socket.socket:
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def start(self) -> None:
        """Start the agents. Returns when a sample of each has arrived.

        Raises:
            LabError: a data node does not answer, or no sample of its agent arrives.
        """
        # This works only inside the capsule: the address is the lab's end of its network.
        self._socket.bind((str(self._target.plan.gateway("mgmt")), self._port))
        self._target.shell.each(self._nodes.values(), partial(self._start_agent, begins=True))
        for thread in self._threads:
            thread.start()
        arrived = "a sample of each data node's agent has arrived"
        try:
            wait_until(arrived, lambda: len(self._sampled) == len(self._nodes), every=SOON)
        except Timeout as error:
            raise LabError(str(error)) from None

    def before_fault(self) -> None:
        """Nothing to do: the agents sample all the time."""

    def stop(self) -> None:
        """Stop listening. May be called again."""
        if self._end.is_set():
            return
        self._end.set()
        with suppress(OSError):  # the address is gone if the lab has ended
            self._socket.sendto(b"", self._socket.getsockname())  # wakes the listener
        for thread in filter(threading.Thread.is_alive, self._threads):
            thread.join()
        self._socket.close()

    def collect(self) -> None:
        """Measure the clocks again, and note the lines that did not arrive."""
        self._target.shell.each(self._nodes.values(), self._read_remaining)
        for node in self._nodes.values():
            for line in self._logs.pop(node.name, "").splitlines():
                self._note(node, line)

    def _start_agent(self, node: NodePlan, *, begins: bool = False) -> None:
        """Start the node's agent unless it runs, and measure the node's clock.

        At the beginning of a test, the agent's earlier lines are deleted.
        """
        self._control.require_power(node)
        start = self._control.begin if begins else self._control.start
        measured = start(node, self._socket.getsockname()[1])
        self._note_clock(node, measured)
        if measured.output == STARTED:
            self._timeline.note(AgentStarted(node=node.name, boot=measured.boot))
        self._note_sign_of_life(node)

    def _note_clock(self, node: NodePlan, measured: Measured) -> None:
        boot, clock, _ = measured
        both = (clock, self._clocks.get(boot, clock))
        self._clocks[boot] = min(both, key=lambda one: one.uncertainty_s)
        self._timeline.note(clock.reading(Life(node.name, boot), "node_agent"))

    def _keep_running(self, node: NodePlan) -> None:
        """Start an agent again after its node was lost or the agent ended."""
        while not self._end.wait(1):
            if time.monotonic() - self._last_line_s[node.name] < SILENCE.total_seconds():
                continue
            try:
                self._start_agent(node)
            except LabError as gap:
                self._note_gap(node, gap)
                if not isinstance(gap, Unreachable):
                    return  # no lab, nothing to observe any more

    def _listen(self) -> None:
        self._socket.settimeout(0.5)
        while not self._end.is_set():
            try:
                data, (sender, _) = self._socket.recvfrom(65536)
            except TimeoutError:
                continue
            if node := self._nodes.get(sender):
                self._note_sign_of_life(node)
                self._note(node, data.decode(errors="replace"))

    def _read_remaining(self, node: NodePlan) -> None:
        try:
            self._control.require_power(node)
            self._note_clock(node, self._control.measure(node))
            self._logs[node.name] = self._control.read(node)
        except LabError as gap:
            self._note_gap(node, gap)

    def _note_sign_of_life(self, node: NodePlan) -> None:
        self._last_line_s[node.name] = time.monotonic()
        self._gaps[node.name].clear()

    def _note_gap(self, node: NodePlan, gap: LabError) -> None:
        """Note each reason once per gap, however often the node is tried."""
        if str(gap) not in self._gaps[node.name]:
            self._gaps[node.name].add(str(gap))
            self._timeline.note(Blind(observer=AGENT, part=node.name, reason=str(gap)))

    def _note(self, node: NodePlan, text: str) -> None:
        """Note a line of an agent, unless it was noted before."""
        line = parse(text)
        if line is None or line.boot not in self._clocks or text.strip() in self._noted:
            return  # cut short, or of an unknown boot, or noted before
        self._noted.add(text.strip())
        halts = halts_of(self._timeline, node.name)
        monotonic = partial(self._clocks[line.boot].monotonic, halts=halts)
        # Whatever the error of the clocks, no line was printed after it arrived.
        at_s = max(0.0, min(monotonic(line.epoch_s), time.monotonic()))
        life = Life(node.name, line.boot)
        for event in events(line.fact, life, at_s, guests=self._guests, monotonic=monotonic):
            self._timeline.note(event)
            if isinstance(event, NodeSample):
                self._sampled.add(node.name)
