"""A lab without machines, and a hypervisor that records its calls."""

from collections.abc import Iterable
from pathlib import Path

from harness.lab.hypervisor import Hypervisor
from harness.lab.lab import Lab
from harness.lab.state import State
from harness.plan.plan import Acceleration, Plan
from suites.selftest.fakes import FakePower, FakeShell


class FakeHypervisor(FakePower, Hypervisor):
    """Records each machine's power and cables, and its calls in order."""

    def __init__(self, plan: Plan, disks: Path) -> None:
        super().__init__(plan)
        self._disks = disks
        self.pulled: set[tuple[str, str]] = set()
        self.done: list[str] = []

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
    """A lab without processes and machines. Its capsule is down."""

    gone: str | None = None

    def __init__(
        self, plan: Plan, state: State, shell: FakeShell, hypervisor: FakeHypervisor
    ) -> None:
        super().__init__(plan, state, wanted_accel="tcg")
        self.shell: FakeShell = shell
        self.accel = Acceleration.TCG
        self._fake_hypervisor = hypervisor

    @property
    def hypervisor(self) -> FakeHypervisor:
        return self._fake_hypervisor
