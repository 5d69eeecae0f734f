"""Faults of a process on a node: killed or stopped."""

import shlex
from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Node
from harness.target.shell import Unreachable
from harness.target.target import Needs, Target

FIND = "pgrep --oldest --full {pattern}"
MARK = "/run/quorate.pid"
"""Holds the process id until the node boots anew."""
SIGNAL = f"{FIND} > {MARK} && kill -{{signal}} $(cat {MARK})"
KILLED = f"test -s {MARK} && ! kill -0 $(cat {MARK})"
STOPPED = f"{KILLED} || grep -q '^State:.T' /proc/$(cat {MARK})/status"
"""pacemakerd replaces a daemon that has not answered for some seconds (its log: "unresponsive")."""
CONTINUE = f"test ! -s {MARK} || kill -CONT $(cat {MARK}) || true; rm -f {MARK}"


def pattern_of(program: str) -> str:
    """Return a regular expression for the command line of a program, wherever it is installed."""
    return shlex.quote(rf"^(/\S+/)?{program}( |$)")


@dataclass(frozen=True)
class KilledProcess:
    """A process of a node is killed (SIGKILL).

    Example:
        with inject(KilledProcess(host, "pacemaker-attrd")):
            cluster.holds(nobody_fenced_but(host), throughout=timedelta(minutes=1))
    """

    node: Node
    program: str
    _: KW_ONLY
    kind: Literal["killed_process"] = "killed_process"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"kill of {self.program} on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Kill the oldest process of the program."""
        command = SIGNAL.format(pattern=pattern_of(self.program), signal="KILL")
        target.shell.check(self.node, command)

    def bites(self, target: Target) -> bool:
        """The process has ended. On a node that does not answer it has, too."""
        try:
            return target.shell.run(self.node, KILLED).ok
        except Unreachable:
            return True

    def gone(self, target: Target) -> bool:
        """A process of the program runs."""
        return succeeds(target, self.node, FIND.format(pattern=pattern_of(self.program)))

    def lift(self, target: Target) -> None:
        """Wait until the node answers. Whoever supervises the program has to start it again."""
        run_when_reachable(target, self.node, f"rm -f {MARK}", f"{self.node} answers")


@dataclass(frozen=True)
class StoppedProcess:
    """A process of a node is stopped (SIGSTOP) until the fault is lifted or the node is fenced.

    Whoever supervises the process may replace it before.

    Example:
        with inject(StoppedProcess(host, "corosync")):
            cluster.wait_until(fenced(host))
    """

    node: Node
    program: str
    _: KW_ONLY
    kind: Literal["stopped_process"] = "stopped_process"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"stop of {self.program} on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    may_be_fenced = victims

    def inject(self, target: Target) -> None:
        """Stop the oldest process of the program."""
        command = SIGNAL.format(pattern=pattern_of(self.program), signal="STOP")
        target.shell.check(self.node, command)

    def bites(self, target: Target) -> bool:
        """The kernel reports the process as stopped, or it was replaced."""
        return succeeds(target, self.node, STOPPED)

    def gone(self, target: Target) -> bool:
        """A process of the program runs, and it is not the stopped one."""
        running = FIND.format(pattern=pattern_of(self.program))
        return succeeds(target, self.node, f"test ! -e {MARK} && {running}")

    def lift(self, target: Target) -> None:
        """Continue the process, as soon as the node can be reached."""
        run_when_reachable(target, self.node, CONTINUE, f"{self.program} continues on {self.node}")
