"""Every test starts from the saved cluster; a lab that cannot be put back is said once."""

from collections.abc import Callable

import pytest

from fixtures import lab as module
from harness.errors import ClusterError, Invalid, LabError
from harness.lab.capsule import Capsule
from harness.lab.checkpoint import Checkpoint
from harness.lab.lab import Lab
from harness.lab.state import State
from harness.plan import Plan
from harness.waiting import Timeout
from suites.selftest.fakes import FakeHypervisor, FakeLab, FakeShell

Verified = Callable[[ClusterError | None], None]


class FakeCapsule(Capsule):
    """Up or down, as is said."""

    up = False

    @property
    def running(self) -> bool:
        return self.up


class FakeCheckpoint(Checkpoint):
    """Of the wanted making or not, as is said."""

    valid = True

    def valid_for(self, digest: str) -> bool:
        return self.valid


class RecordingLab(FakeLab):
    """A lab that only notes what is asked of it; it is down, and has a checkpoint."""

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


@pytest.fixture
def living_cluster(
    plan: Plan, state: State, shell: FakeShell, hypervisor: FakeHypervisor
) -> RecordingLab:
    return RecordingLab(plan, state, shell, hypervisor)


def test_a_test_begins_with_the_lab_put_back(
    living_cluster: RecordingLab, request: pytest.FixtureRequest
) -> None:
    assert request.getfixturevalue("restored") is living_cluster
    assert living_cluster.done == ["begin test"]
    assert living_cluster.broken is None


@pytest.mark.parametrize(
    ("gone", "trouble", "cause", "done"),
    [
        (None, LabError("alpha does not come back"), "alpha does not come back", ["begin test"]),
        ("the lab was ended", None, "the lab was ended", []),
    ],
    ids=["does not come back", "is gone"],
)
def test_a_lab_that_cannot_be_put_back_is_invalid_once(
    living_cluster: RecordingLab,
    request: pytest.FixtureRequest,
    gone: str | None,
    trouble: LabError | None,
    cause: str,
    done: list[str],
) -> None:
    living_cluster.gone, living_cluster.trouble = gone, trouble
    with pytest.raises(Invalid, match=cause):
        request.getfixturevalue("restored")
    assert (living_cluster.broken, living_cluster.done) == (cause, done)


def test_a_broken_lab_skips_all_further_tests_with_the_cause(
    living_cluster: RecordingLab, request: pytest.FixtureRequest
) -> None:
    living_cluster.broken = "it does not settle"
    with pytest.raises(pytest.skip.Exception, match="the lab is broken: it does not settle"):
        request.getfixturevalue("restored")
    assert living_cluster.done == []


def test_the_stack_has_a_digest_of_its_code_and_templates() -> None:
    assert module.stack_digest() == module.stack_digest()
    assert len(module.stack_digest()) == 12


@pytest.fixture
def verified(living_cluster: RecordingLab, monkeypatch: pytest.MonkeyPatch) -> Verified:
    """Says whether the cluster is found healthy."""

    def set_health(trouble: ClusterError | None) -> None:
        def verify(_: Lab) -> None:
            living_cluster.done.append("verify")
            if trouble:
                raise trouble

        monkeypatch.setattr(module, "verify", verify)

    return set_health


def test_a_lab_that_is_down_is_resumed(living_cluster: RecordingLab, verified: Verified) -> None:
    verified(None)
    assert module._resumed(living_cluster, keep=True)
    assert living_cluster.done == ["resume, keep True", "verify"]


def test_a_lab_that_is_up_is_restored(living_cluster: RecordingLab, verified: Verified) -> None:
    verified(None)
    living_cluster.capsule.up = True
    assert module._resumed(living_cluster, keep=False)
    assert living_cluster.done == ["attach", "restore", "verify"]


def test_a_checkpoint_of_another_making_is_not_used(living_cluster: RecordingLab) -> None:
    living_cluster.checkpoint.valid = False
    assert not module._resumed(living_cluster, keep=False)
    assert living_cluster.done == []


@pytest.mark.parametrize("trouble", [Timeout("not in 90 s"), ClusterError("web runs twice")])
def test_a_checkpoint_that_comes_back_ill_is_not_trusted(
    living_cluster: RecordingLab,
    verified: Verified,
    caplog: pytest.LogCaptureFixture,
    trouble: ClusterError,
) -> None:
    verified(trouble)
    assert not module._resumed(living_cluster, keep=False)
    assert f"the checkpoint cannot be trusted, building anew: {trouble}" in caplog.text
