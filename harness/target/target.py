"""What may be asked of a cluster under test, wherever it runs.

Faults, observers and the view of the cluster depend on these protocols alone. The lab is one
target; a cluster that somebody else built, and that only SSH reaches, is another.
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
    """What only some targets offer; each is a part of `Target` with a protocol of its own."""

    POWER = "power"
    LINKS = "links"
    BASELINE = "baseline"
    HOST = "host"


Needs = frozenset[Capability]
"""What a fault or an observer asks of its target, beside a shell."""


class Unsupported(Invalid):
    """The target lacks what a test needs: the test is skipped with this reason."""


class Shell(Protocol):
    """The way into all nodes, as root."""

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
    """The power supply of each node, by its name."""

    def is_running(self, name: str) -> bool:
        """Has the node power?"""

    def power_off(self, name: str) -> None:
        """Cut it, with no shutdown; harmless when it is off."""

    def power_on(self, name: str) -> None:
        """Switch it on; harmless when it is on."""

    def subscribe(self, tell: Callable[[str, str], None]) -> int:
        """Call `tell(node, change)` for each change of power from now on; the subscription."""

    def unsubscribe(self, subscription: int) -> None:
        """End that; harmless when repeated."""


class Links(Protocol):
    """The cable of each node on each network, by their names."""

    def carrier(self, node: str, network: str) -> bool:
        """Is the cable in, now and for the node's next start?"""

    def set_carrier(self, node: str, network: str, *, up: bool) -> None:
        """Plug or pull it, now and for the node's next start."""


class Baseline(Protocol):
    """The moment from which every test starts."""

    broken: str | None
    """Why it cannot be put back; once stated, no test runs on it any more."""

    @property
    def identity(self) -> str | None:
        """Names the moment; another one has another name. None when there is none."""

    def begin_test(self) -> None:
        """Put the whole target back to it.

        Raises:
            LabError: it does not come back.
        """

    def freeze(self, name: str) -> None:
        """Save the target as it is now, for a person to look at; then put it back.

        Raises:
            LabError: it cannot be saved.
        """


class Host(Protocol):
    """What the machine that runs the nodes sees of them, whatever they report."""

    @property
    def pid(self) -> int | None:
        """The process whose children run the nodes; None when they are gone."""

    def consoles(self) -> Mapping[str, Path]:
        """What each machine printed on its serial line: `alpha`, and `alpha-web` for a guest."""

    def logs(self) -> Mapping[str, Path]:
        """Logs of what runs the nodes, by a name for the evidence; a file may be missing."""

    def compare_copies(self) -> dict[str, int | None]:
        """By guest, the first byte in which both copies of its disk differ; None when none does.

        Raises:
            ShellError: a data node does not report where its volumes are.
            LabError, OSError: the disks cannot be read.
        """


class Process(Protocol):
    """A process of the target, the first of its group."""

    @property
    def pid(self) -> int:
        """Its number on this machine, and its group's."""

    def wait(self) -> int:
        """Return its exit status when it has ended."""


class Target(Protocol):
    """A cluster that can be tested.

    `power`, `links`, `baseline` and `host` raise `Unsupported` unless their capability is listed.
    """

    plan: Plan

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it offers beside a shell."""

    @property
    def accel(self) -> Acceleration:
        """How its nodes get their processors; chooses timings and objectives."""

    @property
    def timings(self) -> Timings:
        """The cluster's timings with that acceleration."""

    @property
    def folder(self) -> Path:
        """Where the harness keeps files about it."""

    @property
    def gone(self) -> str | None:
        """Why it can bear no test any more; None while it can."""

    @property
    def shell(self) -> Shell:
        """The way into its nodes."""

    @property
    def power(self) -> Power:
        """The nodes' power."""

    @property
    def links(self) -> Links:
        """The nodes' cables."""

    @property
    def baseline(self) -> Baseline:
        """Where every test starts."""

    @property
    def host(self) -> Host:
        """The machine under the nodes."""

    def is_off(self, node: NodePlan) -> bool:
        """Is the node known to have no power? Spares the wait for one that cannot answer."""

    def redact(self, text: bytes) -> bytes:
        """The text without the target's secrets."""

    def run_later(self, command: Sequence[str], *, after: timedelta) -> Process:
        """Run a command of `quorate` on this target after that time.

        The process waits on its own: it outlives the harness, and ends with the target.
        """


def require(target: Target, needs: Iterable[Capability], who: str) -> None:
    """See that the target offers all that.

    Raises:
        Unsupported: names who needs what.
    """
    if lacking := sorted(set(needs) - target.capabilities):
        offered = ", ".join(sorted(target.capabilities)) or "SSH alone"
        raise Unsupported(f"{who} needs {' and '.join(lacking)}; this target offers {offered}")
