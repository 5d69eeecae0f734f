"""Commands to a data node: start its agent, read its lines, measure its clock."""

import shlex
from datetime import timedelta
from pathlib import Path

from harness.observe.clock import Measured, measure
from harness.plan.plan import NodePlan
from harness.target.shell import Unreachable
from harness.target.target import Target

SCRIPT = (Path(__file__).parent / "node_agent.py").read_text()
LOG = "/run/quorate-agent"
RUNNING, STARTED = "running", "started"
START = f"""
exec 2> /dev/null
read -r pid < {LOG}.pid && [ -e /proc/$pid/exe ] && read -r name < /proc/$pid/comm
output={RUNNING}
if [ "$name" != python3 ]; then
  setsid python3 -ISc {{script}} {{host}} {{port}} >> {LOG} < /dev/null 2>&1 &
  echo $! > {LOG}.pid
  output={STARTED}
fi"""
"""A process that has ended has no program; its number may have gone to another one by now. An agent
that is started anew adds to the log of the one before: not all of that was heard."""
READ = f"cat {LOG}"
"""The agent runs on until the next test puts the checkpoint back: libvirtd complains of a virsh
that is killed, and to end it in order took an emulated node a second."""
DEADLINE = timedelta(seconds=15)


class AgentControl:
    """The way to the agents over ssh. Each method raises Unreachable, or LabError without a lab."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def measure(self, node: NodePlan) -> Measured:
        """The node's boot id, and how far its clock is off."""
        return measure(self._target.shell, node)

    def start(self, node: NodePlan, host: str, port: int) -> Measured:
        """Start the agent, which sends its lines to that address, unless it runs already.

        `output` of the answer is `STARTED` or `RUNNING`.
        """
        first = START.format(script=shlex.quote(SCRIPT), host=host, port=port)
        return measure(self._target.shell, node, first=first)

    def read(self, node: NodePlan) -> str:
        """All that the agents of this life of the node have printed."""
        answer = self._target.shell.run(node, READ, deadline=DEADLINE).stdout.strip()
        if not answer:
            raise Unreachable(f"{node}: has no answer")
        return answer

    def require_power(self, node: NodePlan) -> None:
        """Spare the wait for a node that cannot answer."""
        if self._target.is_off(node):
            raise Unreachable(f"{node}: no power")
