"""Control of the node agents over SSH: start one, read its lines, measure the node's clock.

The agents run in the checkpoint already, so a test need not wait until an emulated node has started
one, which takes a second. A node that boots during a test gets a new one.
"""

import hashlib
import shlex
from datetime import timedelta
from pathlib import Path

from harness.observe.clock import Measured, measure
from harness.plan.plan import NodePlan
from harness.target.shell import Unreachable
from harness.target.target import Target

SCRIPT = (Path(__file__).parent / "node_agent.py").read_text()
LOG = "/run/quorate-agent"
PORT = 4950
"""UDP port on which the harness receives the lines, at the lab's address."""
GROUP = "/sys/fs/cgroup/quorate"
"""Control group of the agent. systemd does not know it. In a group of systemd the agent would end
with the SSH session, at the beginning of a shutdown."""
RUNNING, STARTED = "running", "started"
START = f"""
exec 2> /dev/null
read -r pid < {LOG}.pid && [ -e /proc/$pid/exe ] && read -r name < /proc/$pid/comm
output={RUNNING}
if [ "$name" != python3 ]; then
  ( mkdir -p {GROUP}; echo 0 > {GROUP}/cgroup.procs
    exec nice -n -15 setsid python3 -ISc {{script}} {{host}} {{port}} >> {LOG} < /dev/null ) &
  echo $! > {LOG}.pid
  output={STARTED}
fi"""
"""Starts the agent unless it runs. A process that has ended has no `exe`, and its process id may be
in use again. A new agent appends to the log of the one before: not all its lines may have arrived.
It comes before the node's other processes: on an emulated node that starts Pacemaker, an agent of
the usual priority needed 8 s for its first line."""
BEGIN = f": > {LOG}"
"""Deletes the lines from before the test. The agent appends, so it goes on at the beginning."""
READ = f"cat {LOG}"
"""The agent keeps running until the next restore. libvirtd logs an error when its virsh is killed,
and an orderly end took an emulated node a second."""
DEADLINE = timedelta(seconds=15)


def agent_digest() -> str:
    """Return a digest of the agent and its start. A checkpoint holds the agent of this digest."""
    return hashlib.sha256(f"{SCRIPT}{START}{PORT}".encode()).hexdigest()[:8]


class AgentControl:
    """Controls the agents of all data nodes.

    Raises:
        Unreachable: from each method, if the node does not answer.
        LabError: from each method, if there is no lab.
    """

    def __init__(self, target: Target) -> None:
        self._target = target

    def measure(self, node: NodePlan) -> Measured:
        """Return the node's boot id and the offset of its clock."""
        return measure(self._target.shell, node)

    def begin(self, node: NodePlan, port: int = PORT) -> Measured:
        """Start the agent unless it runs already, and delete its lines from before the test.

        Result and arguments are those of `start`.
        """
        return self._run(node, f"{BEGIN}; {START}", port)

    def start(self, node: NodePlan, port: int = PORT) -> Measured:
        """Start the agent unless it runs already. It sends its lines to `port` of the lab's host.

        `output` of the result is `STARTED` or `RUNNING`.
        """
        return self._run(node, START, port)

    def _run(self, node: NodePlan, script: str, port: int) -> Measured:
        host = self._target.plan.gateway("mgmt")
        first = script.format(script=shlex.quote(SCRIPT), host=host, port=port)
        return measure(self._target.shell, node, first=first)

    def read(self, node: NodePlan) -> str:
        """Return all lines that agents printed since the node booted."""
        answer = self._target.shell.run(node, READ, deadline=DEADLINE).stdout.strip()
        if not answer:
            raise Unreachable(f"{node}: has no answer")
        return answer

    def require_power(self, node: NodePlan) -> None:
        """Raise Unreachable for a node without power, instead of waiting for it."""
        if self._target.is_off(node):
            raise Unreachable(f"{node}: no power")
