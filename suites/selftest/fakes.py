"""Fakes of a clock, a shell and a target."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from harness.plan.plan import Acceleration, NodePlan, Plan
from harness.plan.settings import Timings
from harness.target.shell import DEFAULT_DEADLINE, Result, SshShell, Unreachable
from harness.target.target import Capability


class FakeClock:
    """A clock that advances only when someone sleeps, or when a test calls `jump`."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self._alarms: list[tuple[float, Callable[[], object]]] = []

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        due = [alarm for alarm in self._alarms if alarm[0] <= self.now_s]
        self._alarms = [alarm for alarm in self._alarms if alarm not in due]
        for _, act in due:
            act()

    jump = sleep

    def after(self, seconds: float, act: Callable[[], object]) -> None:
        """Call `act` when that much time has passed."""
        self._alarms.append((self.now_s + seconds, act))


class FakeShell(SshShell):
    """Answers commands by patterns, the newest first. Records commands and written files."""

    def __init__(self) -> None:
        super().__init__(Path("no-key"))
        self._answers: list[tuple[str, str | None, Result]] = []
        self.silent: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.files: dict[tuple[str, str], bytes] = {}
        self.modes: dict[tuple[str, str], int] = {}
        self.forgotten: list[str] = []

    def answer(
        self,
        pattern: str,
        stdout: str = "",
        *,
        code: int = 0,
        stderr: str = "",
        on: str | None = None,
    ) -> None:
        """Set the answer to commands that match a regular expression, on one node or on all."""
        self._answers.insert(0, (pattern, on, Result("", "", code, stdout, stderr)))

    def run(
        self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE
    ) -> Result:
        if node.name in self.silent:
            raise Unreachable(f"{node}: does not answer (it is a fake)")
        self.asked.append((node.name, command))
        for pattern, on, answer in self._answers:
            if on in (None, node.name) and re.search(pattern, command):
                return Result(node.name, command, answer.code, answer.stdout, answer.stderr)
        raise AssertionError(f"the fake shell has no answer of {node} to: {command}")

    @contextmanager
    def dialog(
        self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE
    ) -> Iterator[Callable[[], str]]:
        def ask() -> str:
            return self.run(node, command).stdout.strip()

        yield ask

    def put(self, node: NodePlan, path: str, content: str | bytes, *, mode: int = 0o644) -> None:
        data = content.encode() if isinstance(content, str) else content
        self.files[node.name, path], self.modes[node.name, path] = data, mode

    def forget(self, node: NodePlan) -> None:
        self.forgotten.append(node.name)


class FakePower:
    """Records which nodes have power, and notifies subscribers."""

    def __init__(self, plan: Plan) -> None:
        self.powered = dict.fromkeys(plan.nodes, True)
        self.stopped: set[str] = set()
        self.subscribers: dict[int, Callable[[str, str], None]] = {}

    def is_running(self, name: str) -> bool:
        return self.powered[name]

    def pause(self, name: str) -> None:
        self.stopped.add(name)
        self._notify(name, "suspended")

    def unpause(self, name: str) -> None:
        self.stopped.discard(name)
        self._notify(name, "resumed")

    def is_paused(self, name: str) -> bool:
        return name in self.stopped

    def power_off(self, name: str) -> None:
        self.powered[name] = False
        self.stopped.discard(name)
        self._notify(name, "stopped")

    def power_on(self, name: str) -> None:
        self.powered[name] = True
        self._notify(name, "started")

    def subscribe(self, notify: Callable[[str, str], None]) -> int:
        self.subscribers[len(self.subscribers)] = notify
        return len(self.subscribers) - 1

    def unsubscribe(self, subscription: int) -> None:
        del self.subscribers[subscription]

    def _notify(self, name: str, change: str) -> None:
        for notify in self.subscribers.values():
            notify(name, change)


class FakeLinks:
    """Records which cables are pulled, by node and network."""

    def __init__(self) -> None:
        self.pulled: set[tuple[str, str]] = set()

    def carrier(self, node: str, network: str) -> bool:
        return (node, network) not in self.pulled

    def set_carrier(self, node: str, network: str, *, up: bool) -> None:
        change = self.pulled.discard if up else self.pulled.add
        change((node, network))


class FakeBaseline:
    """A baseline that restores nothing."""

    identity: str | None = "first"
    broken: str | None = None

    def begin_test(self) -> None:
        pass

    def freeze(self, name: str) -> None:
        pass


class FakeHost:
    """A host without files of the nodes."""

    pid: int | None = None

    def consoles(self) -> dict[str, Path]:
        return {}

    def logs(self) -> dict[str, Path]:
        return {}

    def compare_copies(self) -> dict[str, int | None]:
        return {}


class FakeProcess:
    """A process that would run a command later. Records how it was ended."""

    pid = 4711

    def __init__(self, command: Sequence[str], after: timedelta) -> None:
        self.command = command
        self.after = after
        self.ended: list[str] = []

    def wait(self) -> int:
        self.ended.append("wait")
        return 0


class FakeTarget:
    """The smallest `Target` with all capabilities."""

    capabilities = frozenset(Capability)
    accel = Acceleration.TCG
    gone: str | None = None

    def __init__(self, plan: Plan, folder: Path, shell: FakeShell) -> None:
        self.plan = plan
        self.folder = folder
        self.shell = shell
        self.power = FakePower(plan)
        self.links = FakeLinks()
        self.baseline = FakeBaseline()
        self.host = FakeHost()
        self.later: list[FakeProcess] = []

    @property
    def timings(self) -> Timings:
        return self.plan.timings[self.accel]

    def is_off(self, node: NodePlan) -> bool:
        return not self.power.is_running(node.name)

    def redact(self, text: bytes) -> bytes:
        return text

    def run_later(self, command: Sequence[str], *, after: timedelta) -> FakeProcess:
        self.later.append(FakeProcess(command, after))
        return self.later[-1]
