"""The independent watch: what runs on each data node, whatever Pacemaker says; and what DRBD and
libvirt tell there."""

import re
import shlex
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path

from harness.errors import LabError
from harness.lab.lab import Lab
from harness.lab.shell import Unreachable
from harness.observe.agent_lines import facts
from harness.observe.clock import Clock, read_clock
from harness.plan import NodePlan
from harness.record.timeline import Timeline
from harness.waiting import wait_until

LOOKOUT = (Path(__file__).parent / "lookout.py").read_text()
TIME = "echo $EPOCHREALTIME"
LOG = "/run/quorate-watch"
START = f"""
[ -e /proc/$(cat {LOG}.pid)/exe ] && exit
setsid python3 -ISc {shlex.quote(LOOKOUT)} "$0" "$1" > {LOG} < /dev/null 2>&1 &
echo $! > {LOG}.pid
"""
END = f"""
cat {LOG}
group=$(cat {LOG}.pid)
pkill -INT -g $group -x virsh
for _ in {{1..20}}; do pgrep -g $group -x virsh > /dev/null || break; sleep 0.1; done
kill -- -$group
"""
"""virsh takes its leave first: libvirtd complains of one that is killed."""
LINE = re.compile(r"boot=(?P<boot>\S+) at=(?P<at>\d+\.\d{6}) (?P<what>.+)")
SILENCE = timedelta(seconds=5)
"""The watch speaks once a second at least: a node silent for longer is out of sight."""
DEADLINE = timedelta(seconds=15)


class Watches:
    """One watch on each data node, from `start` until `stop`."""

    def __init__(self, lab: Lab, timeline: Timeline) -> None:
        self._lab = lab
        self._timeline = timeline
        self._minors = {str(guest.minor): guest.name for guest in lab.plan.guests.values()}
        self._nodes = {str(n.addresses["mgmt"]): n for n in lab.plan.data_nodes}
        self._heard_s = {node.name: 0.0 for node in lab.plan.data_nodes}
        self._clocks: dict[str, Clock] = {}
        self._known: set[str] = set()
        self._spoke: set[str] = set()
        self._end = threading.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._threads = [
            threading.Thread(target=self._listen, name="watch", daemon=True),
            threading.Thread(target=self._keep, name="watch keeper", daemon=True),
        ]

    def start(self) -> None:
        """Watch from now on.

        Raises:
            Unreachable: a data node does not answer.
            Timeout: its watch is not heard.
        """
        # Only inside the capsule: the address is the lab's own end of its network.
        self._socket.bind((str(self._lab.plan.gateway("mgmt")), 0))
        self._lab.shell.each(self._nodes.values(), self._attend)
        for thread in self._threads:
            thread.start()
        wait_until("each data node's watch is heard", lambda: len(self._spoke) == len(self._nodes))

    def stop(self) -> None:
        """End the watches; what could not be sent meanwhile is read now. Harmless when repeated."""
        if self._end.is_set():
            return
        self._end.set()
        for thread in filter(threading.Thread.is_alive, self._threads):
            thread.join()
        self._socket.close()
        self._lab.shell.each(self._nodes.values(), self._read_back)

    def _attend(self, node: NodePlan) -> None:
        """Start the node's watch, unless it runs, and learn how far its clock is off."""
        clock = read_clock(lambda: float(self._ask(node, TIME)))
        boot = self._ask(node, "cat /proc/sys/kernel/random/boot_id")
        self._clocks[boot] = clock
        self._timeline.note("watch", "clock", node=node.name, boot=boot, **vars(clock))
        host, port = self._socket.getsockname()
        self._ask(node, f"bash -c {shlex.quote(START)} {host} {port}")
        self._heard_s[node.name] = time.monotonic()

    def _ask(self, node: NodePlan, command: str) -> str:
        said = self._lab.shell.run(node, command, deadline=DEADLINE).stdout.strip()
        if not said and command == TIME:
            raise Unreachable(f"{node}: does not say its time")
        return said

    def _keep(self) -> None:
        """A node that was away comes back without its watch."""
        while not self._end.wait(1):
            for node in self._nodes.values():
                if time.monotonic() - self._heard_s[node.name] < SILENCE.total_seconds():
                    continue
                try:
                    if not self._lab.hypervisor.is_running(node.name):
                        raise Unreachable(f"{node}: no power")
                    self._attend(node)
                except Unreachable as gap:
                    self._timeline.note("watch", "blind", node=node.name, blind=str(gap))
                except LabError:  # no lab, nothing to watch: the test says so
                    return

    def _listen(self) -> None:
        self._socket.settimeout(0.5)
        while not self._end.is_set():
            try:
                data, (sender, _) = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            if node := self._nodes.get(sender):
                self._heard_s[node.name] = time.monotonic()
                self._note(node, data.decode())

    def _read_back(self, node: NodePlan) -> None:
        try:
            said = self._ask(node, END)
        except Unreachable as gap:
            self._timeline.note("watch", "blind", node=node.name, blind=str(gap))
            return
        for line in said.splitlines():
            self._note(node, line)

    def _note(self, node: NodePlan, line: str) -> None:
        """One line of the watch, unless it was heard already."""
        told = LINE.fullmatch(line.strip())
        clock = self._clocks.get(told["boot"]) if told else None
        if told is None or clock is None or line.strip() in self._known:
            return  # cut short, or heard before
        self._known.add(line.strip())
        at_s, life = clock.monotonic(float(told["at"])), {"node": node.name, "boot": told["boot"]}
        for source, kind, detail in facts(told["what"], self._minors):
            self._timeline.note(source, kind, at_s=at_s, **life, **detail)
            if kind == "watch":
                self._spoke.add(node.name)
