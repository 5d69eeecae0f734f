"""Stand-ins for the outside worlds: a shell, a hypervisor, a clock; and a lab made of them."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from harness.lab.hypervisor import Hypervisor
from harness.lab.lab import Lab
from harness.lab.state import State
from harness.plan.load import DEFAULT_PLAN
from harness.plan.plan import Acceleration, NodePlan, Plan
from harness.target.shell import DEFAULT_DEADLINE, Result, Shell, Unreachable


class FakeClock:
    """A clock that moves only when someone waits, or when a test makes it jump."""

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
        """Let something happen when that much time has passed."""
        self._alarms.append((self.now_s + seconds, act))


class FakeShell(Shell):
    """Answers by the pattern of the command, the newest pattern first; keeps what it was given."""

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
        said: str = "",
        *,
        code: int = 0,
        stderr: str = "",
        on: str | None = None,
    ) -> None:
        """A command that has the pattern in it gets this answer, on one node or on all."""
        self._answers.insert(0, (pattern, on, Result("", "", code, said, stderr)))

    def run(
        self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE
    ) -> Result:
        if node.name in self.silent:
            raise Unreachable(f"{node}: does not answer (it is a fake)")
        self.asked.append((node.name, command))
        for pattern, on, answer in self._answers:
            if on in (None, node.name) and re.search(pattern, command):
                return Result(node.name, command, answer.code, answer.stdout, answer.stderr)
        raise AssertionError(f"nobody told the fake shell what {node} says to: {command}")

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


class FakeHypervisor(Hypervisor):
    """Keeps each machine's power and cables, and a list of what was done, in order."""

    def __init__(self, plan: Plan, disks: Path) -> None:
        self._disks = disks
        self.powered = dict.fromkeys(plan.nodes, True)
        self.pulled: set[tuple[str, str]] = set()
        self.done: list[str] = []
        self.heard: dict[int, Callable[[str, str], None]] = {}

    def is_running(self, name: str) -> bool:
        return self.powered[name]

    def power_off(self, name: str) -> None:
        self.powered[name] = False
        self._tell(name, "stopped")

    def power_on(self, name: str) -> None:
        self.powered[name] = True
        self._tell(name, "started")

    def subscribe(self, tell: Callable[[str, str], None]) -> int:
        self.heard[len(self.heard)] = tell
        return len(self.heard) - 1

    def unsubscribe(self, subscription: int) -> None:
        del self.heard[subscription]

    def _tell(self, name: str, change: str) -> None:
        for handler in self.heard.values():
            handler(name, change)

    def power_off_all(self, names: Iterable[str]) -> None:
        self.done.append("power off")
        for name in names:
            self.power_off(name)

    def set_carrier(self, name: str, mac: str, *, up: bool) -> None:
        change = self.pulled.discard if up else self.pulled.add
        change((name, mac))

    def carrier(self, name: str, mac: str) -> bool:
        return (name, mac) not in self.pulled

    def disks(self, name: str) -> list[Path]:
        return [self._disks / f"{name}.img"]

    def definitions(self) -> tuple[dict[str, str], dict[str, str]]:
        return {"lan": "<network/>"}, {name: f"<domain {name}/>" for name in self.powered}

    def define(self, networks: Iterable[str], domains: Iterable[str]) -> None:
        self.done.append(f"define {len(list(networks))} networks, {len(list(domains))} machines")

    def suspend(self, names: Iterable[str]) -> None:
        self.done.append(f"suspend {' '.join(names)}")

    def resume(self, names: Iterable[str]) -> None:
        self.done.append(f"resume {' '.join(names)}")

    def save(self, files: dict[str, Path]) -> None:
        self.done.append("save")
        for name, file in files.items():
            file.write_text(f"memory of {name}")
            self.power_off(name)

    def restore(self, files: dict[str, Path]) -> None:
        self.done.append("restore")
        for name, file in files.items():
            assert file.read_text() == f"memory of {name}"
            self.power_on(name)


class FakeLab(Lab):
    """A lab with nothing behind it: no process, no machine; its capsule is down."""

    gone: str | None = None

    def __init__(
        self, plan: Plan, state: State, shell: FakeShell, hypervisor: FakeHypervisor
    ) -> None:
        super().__init__(plan, DEFAULT_PLAN, state, wanted_accel="tcg")
        self.shell: FakeShell = shell
        self.accel = Acceleration.TCG
        self._switches = hypervisor

    @property
    def hypervisor(self) -> FakeHypervisor:
        return self._switches
