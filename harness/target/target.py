"""The protocols of a target, that is, of a cluster under test.

Faults, observers and `Cluster` depend on these protocols alone. The lab is one target. An existing
cluster that only SSH can reach is another.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

from harness.errors import Invalid
from harness.plan.plan import Acceleration, NodePlan, Plan
from harness.plan.settings import Timings
from harness.target.shell import DEFAULT_DEADLINE, Result

T = TypeVar("T")


class Capability(StrEnum):
    """A part of `Target` that only some targets offer. Each has a protocol of its own."""

    POWER = "power"
    LINKS = "links"
    BASELINE = "baseline"
    HOST = "host"


Needs = frozenset[Capability]
"""The capabilities that a fault or an observer needs besides a shell."""


class Unsupported(Invalid):
    """The target lacks what a test needs: the test is skipped with this reason."""


class Shell(Protocol):
    """Root access to all nodes."""

    def run(
        self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE
    ) -> Result:
        """See `SshShell.run`."""

    def check(self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE) -> str:
        """See `SshShell.check`."""

    def dialog(
        self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE
    ) -> AbstractContextManager[Callable[[], str]]:
        """See `SshShell.dialog`."""

    def put(self, node: NodePlan, path: str, content: str | bytes, *, mode: int = 0o644) -> None:
        """See `SshShell.put`."""

    def each(self, nodes: Iterable[NodePlan], act: Callable[[NodePlan], T]) -> dict[str, T]:
        """See `SshShell.each`."""

    def forget(self, node: NodePlan) -> None:
        """See `SshShell.forget`."""


class Power(Protocol):
    """The power supply of each node, by the node's name."""

    def is_running(self, name: str) -> bool:
        """Return whether the node has power."""

    def power_off(self, name: str) -> None:
        """Cut the power without a shutdown. Does nothing if it is off."""

    def power_on(self, name: str) -> None:
        """Switch the power on. Does nothing if it is on."""

    def pause(self, name: str) -> None:
        """Stop the node's processors. Its memory, its power and its links stay as they are.

        Raises:
            LabError: the node's processors cannot be stopped.
        """

    def unpause(self, name: str) -> None:
        """Let the node's processors run again. Does nothing if they run or have no power."""

    def is_paused(self, name: str) -> bool:
        """Return whether the node has power and its processors are stopped."""

    def subscribe(self, notify: Callable[[str, str], None]) -> int:
        """Call `notify(node, change)` for each change of power from now on.

        Returns the number of the subscription.
        """

    def unsubscribe(self, subscription: int) -> None:
        """End a subscription. May be called again."""


class Links(Protocol):
    """The link of each node on each network, by their names."""

    def carrier(self, node: str, network: str) -> bool:
        """Return whether the link is up, now and for the node's next start."""

    def set_carrier(self, node: str, network: str, *, up: bool) -> None:
        """Set the link up or down, now and for the node's next start."""


class Baseline(Protocol):
    """The saved state from which every test starts."""

    broken: str | None
    """Why the state cannot be restored. Once it is set, no test runs on the target."""

    @property
    def identity(self) -> str | None:
        """Unique name of the saved state; None if there is none."""

    def begin_test(self) -> None:
        """Restore the whole target.

        Raises:
            LabError: it cannot be restored.
        """

    def freeze(self, name: str) -> None:
        """Save the present state of the target for inspection, then restore the target.

        Raises:
            LabError: it cannot be saved.
        """


class Host(Protocol):
    """The machine that runs the nodes. It observes them from outside."""

    @property
    def pid(self) -> int | None:
        """The process whose children run the nodes; None if they are gone."""

    def consoles(self) -> Mapping[str, Path]:
        """Return each machine's console file: `alpha` for a node, `alpha-web` for a guest."""

    def logs(self) -> Mapping[str, Path]:
        """Return the logs of the programs that run the nodes, by name. A file may be missing."""

    def compare_copies(self) -> dict[str, int | None]:
        """Compare both copies of each guest's disk.

        Returns the offset in bytes of the first difference by guest, None if there is none.

        Raises:
            ShellError: a data node does not report where its volumes are.
            LabError, OSError: the disks cannot be read.
        """


class Process(Protocol):
    """A process of the target, the leader of its process group."""

    @property
    def pid(self) -> int:
        """Its process id on this machine, and its group's."""

    def wait(self) -> int:
        """Wait for the end of the process and return its exit status."""


class Target(Protocol):
    """A cluster that can be tested.

    `power`, `links`, `baseline` and `host` raise `Unsupported` unless their capability is listed.
    """

    plan: Plan

    @property
    def capabilities(self) -> frozenset[Capability]:
        """The capabilities that it offers besides a shell."""

    @property
    def accel(self) -> Acceleration:
        """Acceleration of its nodes. It selects the timings and objectives."""

    @property
    def timings(self) -> Timings:
        """The cluster's timings with that acceleration."""

    @property
    def folder(self) -> Path:
        """The harness's folder for files about the target."""

    @property
    def gone(self) -> str | None:
        """Why the target has ended, so that no test can run on it; None while it exists."""

    @property
    def shell(self) -> Shell:
        """Root access to the nodes."""

    @property
    def power(self) -> Power:
        """The nodes' power supply."""

    @property
    def links(self) -> Links:
        """The nodes' links."""

    @property
    def baseline(self) -> Baseline:
        """The saved state from which every test starts."""

    @property
    def host(self) -> Host:
        """The machine that runs the nodes."""

    def is_off(self, node: NodePlan) -> bool:
        """Return whether the node is known to have no power, so that it cannot answer."""

    def redact(self, text: bytes) -> bytes:
        """Return the text without the target's secrets."""

    def run_later(self, command: Sequence[str], *, after: timedelta) -> Process:
        """Run a command of `quorate` on this target after that time.

        The process outlives the harness and ends with the target.
        """


def require(target: Target, needs: Iterable[Capability], who: str) -> None:
    """Check that the target offers all needed capabilities.

    Raises:
        Unsupported: names `who`, and the capabilities that are missing.
    """
    if lacking := sorted(set(needs) - target.capabilities):
        offered = ", ".join(sorted(target.capabilities)) or "SSH alone"
        raise Unsupported(f"{who} needs {' and '.join(lacking)}; this target offers {offered}")
