"""A lab that only records its calls."""

from collections.abc import Callable

from harness.errors import LabError
from harness.lab.capsule import Capsule
from harness.lab.checkpoint import Checkpoint
from harness.lab.state import State
from harness.plan.plan import Plan
from suites.selftest.fake_lab import FakeHypervisor, FakeLab
from suites.selftest.fakes import FakeShell

Verified = Callable[[Exception | None], None]


class FakeCapsule(Capsule):
    """A capsule that is up or down, as set."""

    up = False

    @property
    def running(self) -> bool:
        return self.up


class FakeCheckpoint(Checkpoint):
    """A checkpoint that is valid or not, as set."""

    valid = True

    def valid_for(self, digest: str) -> bool:
        return self.valid


class RecordingLab(FakeLab):
    """A lab that only records its calls. It is down, and has a checkpoint."""

    def __init__(
        self, plan: Plan, state: State, shell: FakeShell, hypervisor: FakeHypervisor
    ) -> None:
        super().__init__(plan, state, shell, hypervisor)
        self.done: list[str] = []
        self.trouble: LabError | None = None
        self.capsule: FakeCapsule = FakeCapsule(state)
        self.checkpoint: FakeCheckpoint = FakeCheckpoint(state.checkpoint, state.disks)

    def begin_test(self) -> None:
        self.done.append("begin test")
        if self.trouble:
            raise self.trouble

    def digest(self, stack: str) -> str:
        return stack

    def attach(self) -> None:
        self.done.append("attach")

    def restore(self) -> None:
        self.done.append("restore")

    def resume(self, *, keep: bool) -> None:
        self.done.append(f"resume, keep {keep}")
