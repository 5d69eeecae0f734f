"""Lines of the node agents, and the events made of them."""

import re
import socket
from datetime import timedelta

from harness.errors import LabError
from harness.observe.agents import NodeAgents
from harness.plan.plan import NodePlan
from harness.record.events import NodeSample
from harness.record.timeline import Timeline
from harness.target.shell import DEFAULT_DEADLINE, Result
from harness.waiting import wait_until
from suites.selftest.fakes import FakeShell

EPOCH_S = 1_795_000_000
WEB = "boot={0} at=1795000012.500000 runs=web/7@1795000002.25 open=1 primary=1"
BOTH = "boot={0} at=1795000013.500000 runs=web/7@1795000002.25,shop/8@1795000001.00 open= primary="
LINE = "boot={0} at=1795000014.500000 {1}"
STARTED = r"(?s)setsid python3 .*' (\S+) (\d+) >>"
TIME, ENDED = "while read -r _", "^cat /run"


def clock_line(node: str, epoch_s: float = EPOCH_S + 100, *, suffix: str = "") -> str:
    """Return a node's answer to the query for its time."""
    return f"boot-of-{node} {epoch_s} {suffix}\n"


class AgentShell(FakeShell):
    """A shell to nodes whose agent sends one line, from the node's address, when it is started."""

    line: str | None = WEB

    def run(
        self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE
    ) -> Result:
        if self.line and (started := re.search(STARTED, command)):
            line = self.line.format(f"boot-of-{node}")
            send(str(node.addresses["mgmt"]), (started[1], int(started[2])), line)
        return super().run(node, command, deadline=deadline)


def send(sender: str, to: tuple[str, int], line: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
        endpoint.bind((sender, 0))
        endpoint.sendto(line.encode(), to)


def samples(timeline: Timeline) -> list[tuple[str, list[str]]]:
    return sorted((e.node, sorted(e.guests)) for e in timeline.of(NodeSample))


def begin(agents: NodeAgents, timeline: Timeline) -> None:
    agents.start()
    wait_for_samples(timeline, 2)


def wait_for_samples(timeline: Timeline, count: int) -> None:
    noted = lambda: len(timeline.of(NodeSample)) == count  # noqa: E731
    wait_until("it is noted", noted, every=timedelta(milliseconds=10))


def nodes_queried(shell: FakeShell, pattern: str) -> list[str]:
    return sorted(name for name, command in shell.asked if re.search(pattern, command))


def ended(_: str) -> bool:
    raise LabError("the lab has ended")
