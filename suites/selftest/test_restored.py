"""Every test starts from the saved cluster; a lab that cannot be put back is said once."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from fixtures import lab as module
from harness.errors import ClusterError, Invalid, LabError
from harness.lab.capsule import Capsule
from harness.lab.checkpoint import Checkpoint
from harness.lab.lab import Lab
from harness.lab.lab_host import LabHost
from harness.lab.state import State
from harness.plan.plan import Plan
from harness.target.target import Unsupported
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock, FakeHypervisor, FakeLab, FakeShell
from suites.selftest.trials import Stage
from suites.selftest.views import seen

Copies = Mapping[str, int | None]

Verified = Callable[[Exception | None], None]


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


def test_a_cluster_that_cannot_be_put_back_is_left_alone(
    living_cluster: RecordingLab, request: pytest.FixtureRequest
) -> None:
    """Nobody's own cluster is harmed."""
    living_cluster.capabilities = frozenset()
    with pytest.raises(Unsupported, match="needs baseline; this target offers SSH alone"):
        request.getfixturevalue("restored")
    assert living_cluster.done == []


def test_a_broken_lab_skips_all_further_tests_with_the_cause(
    living_cluster: RecordingLab, request: pytest.FixtureRequest
) -> None:
    living_cluster.broken = "it does not settle"
    with pytest.raises(pytest.skip.Exception, match="the lab is broken: it does not settle"):
        request.getfixturevalue("restored")
    assert living_cluster.done == []


@pytest.fixture
def verified(living_cluster: RecordingLab, monkeypatch: pytest.MonkeyPatch) -> Verified:
    """Says whether the cluster is found healthy."""

    def set_health(trouble: Exception | None) -> None:
        def verify(_: Lab, *, within: timedelta = module.VERIFYING) -> None:
            living_cluster.done.append(
                "verify" if within == module.VERIFYING else f"verify {within}"
            )
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


@pytest.mark.parametrize(
    "trouble",
    [
        Timeout("not in 90 s"),
        ClusterError("web runs twice"),
        LabError("the saved alpha does not come back"),
        OSError("no space"),
        LookupError("no card"),
    ],
    ids=lambda trouble: type(trouble).__name__,
)
def test_a_checkpoint_that_comes_back_ill_is_not_trusted(
    living_cluster: RecordingLab,
    verified: Verified,
    caplog: pytest.LogCaptureFixture,
    trouble: Exception,
) -> None:
    verified(trouble)
    assert not module._resumed(living_cluster, keep=False)
    assert f"the checkpoint cannot be trusted, building anew: {trouble}" in caplog.text


# The checkpoint that is made of a cluster.


@pytest.fixture
def making(
    living_cluster: RecordingLab, verified: Verified, monkeypatch: pytest.MonkeyPatch
) -> RecordingLab:
    """A healthy cluster of which a checkpoint can be made."""
    lab = living_cluster
    verified(None)
    lab.shell.answer("stonith_admin --cleanup.*; crm_resource --cleanup")
    monkeypatch.setattr(lab, "save", lambda stack: lab.done.append(f"save {len(stack)}"))
    return lab


def copies(making: RecordingLab, *differ: Copies) -> Callable[[LabHost], Copies]:
    """What comparing the copies finds, one time after the other."""
    found = iter(differ)

    def compare(_: LabHost) -> Copies:
        making.done.append("compare")
        return next(found)

    return compare


def test_a_checkpoint_is_made_of_a_cluster_without_history_and_with_equal_copies(
    making: RecordingLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = copies(making, {"web": None, "shop": None})
    monkeypatch.setattr(LabHost, "compare_copies", compare)
    module._save(making)
    assert making.done == ["verify 0:12:00", "verify", "compare", "save 12", "verify"]
    assert [node for node, _ in making.shell.asked] == ["arbiter"]


def test_a_write_may_be_on_its_way_to_one_copy(
    making: RecordingLab, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    begin_s = clock.now_s
    compare = copies(making, {"web": 4096, "shop": None}, {"web": None, "shop": None})
    monkeypatch.setattr(LabHost, "compare_copies", compare)
    module._save(making)
    assert making.done.count("compare") == 2
    assert clock.now_s - begin_s == module.AGAIN.total_seconds()


@pytest.mark.parametrize(
    "differ",
    [{"web": 0, "shop": None}, {"web": None, "shop": 4096}, {"web": None}, {}],
    ids=["the first byte", "another guest", "one was not compared", "none was compared"],
)
def test_no_checkpoint_is_made_of_unequal_copies(
    making: RecordingLab, monkeypatch: pytest.MonkeyPatch, clock: FakeClock, differ: Copies
) -> None:
    begin_s = clock.now_s
    monkeypatch.setattr(LabHost, "compare_copies", lambda _: differ)
    with pytest.raises(Timeout, match="both copies of each disk are equal"):
        module._save(making)
    assert clock.now_s - begin_s >= module.EQUAL.total_seconds()
    assert "save 12" not in making.done


# Verified.


@pytest.fixture
def served(
    living_cluster: RecordingLab, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    """A cluster that is looked at, and whose guests serve from the third second on."""
    stage = Stage(living_cluster.plan, living_cluster, clock, tmp_path / "timeline.jsonl")
    stage.timeline.close()
    begin_s = clock.now_s
    monkeypatch.setattr(module, "Cluster", lambda *_: stage.cluster)
    monkeypatch.setattr(module, "guests_serve", lambda _: clock.now_s >= begin_s + 3)
    return stage


def test_a_cluster_is_well_when_it_is_settled_and_its_guests_answer(served: Stage) -> None:
    begin_s = served.clock.now_s
    module.verify(served.lab)
    assert served.done == ["cluster status"]
    assert served.clock.now_s - begin_s == 3


@pytest.mark.parametrize(
    ("change", "within", "missing"),
    [
        ({"dc": None}, timedelta(seconds=90), "^not in 90 s: the cluster is settled"),
        ({"failures": ("web",)}, timedelta(seconds=90), "nothing has failed"),
        ({}, timedelta(seconds=1), "^not in 1 s: all guests answer over HTTP"),
    ],
    ids=["not settled", "failed", "not served"],
)
def test_what_is_missing_of_a_well_cluster_is_named(
    served: Stage, change: dict[str, object], within: timedelta, missing: str
) -> None:
    served.status = seen(served.status, **change)
    with pytest.raises(Timeout, match=missing):
        module.verify(served.lab, within=within)
