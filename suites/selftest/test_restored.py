"""Every test starts from the saved cluster; a lab that cannot be put back is said once."""

from collections.abc import Callable

import pytest

from fixtures import lab as module
from harness.errors import Invalid
from harness.waiting import Timeout
from suites.selftest.fakes import FakeLab


@pytest.fixture
def living_cluster(lab: FakeLab) -> FakeLab:
    """A lab that only says what is asked of it."""
    lab.broken, lab.gone, lab.done = None, None, []
    lab.begin_test = lambda: lab.done.append("begin test")
    return lab


@pytest.fixture
def verified(living_cluster: FakeLab, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Says whether the cluster is found healthy."""

    def set_health(good: bool) -> None:
        def verify(_: FakeLab) -> None:
            living_cluster.done.append("verify")
            if not good:
                raise Timeout("not in 90 s: the cluster is settled")

        monkeypatch.setattr(module, "verify", verify)

    return set_health


def test_the_cluster_is_put_back_and_looked_at(
    living_cluster: FakeLab, verified: Callable[[bool], None], request: pytest.FixtureRequest
) -> None:
    verified(True)
    assert request.getfixturevalue("restored") is living_cluster
    assert living_cluster.done == ["begin test", "verify"]


@pytest.mark.parametrize(
    ("gone", "cause", "done"),
    [
        (None, "not in 90 s: the cluster is settled", ["begin test", "verify"]),
        ("the lab was ended", "the lab was ended", []),
    ],
)
def test_a_lab_that_cannot_be_put_back_is_invalid_once(
    living_cluster: FakeLab,
    verified: Callable[[bool], None],
    request: pytest.FixtureRequest,
    gone: str | None,
    cause: str,
    done: list[str],
) -> None:
    verified(False)
    living_cluster.gone = gone
    with pytest.raises(Invalid, match=cause):
        request.getfixturevalue("restored")
    assert (living_cluster.broken, living_cluster.done) == (cause, done)


def test_a_broken_lab_skips_all_further_tests_with_the_cause(
    living_cluster: FakeLab, request: pytest.FixtureRequest
) -> None:
    living_cluster.broken = "it does not settle"
    with pytest.raises(pytest.skip.Exception, match="the lab is broken: it does not settle"):
        request.getfixturevalue("restored")
    assert living_cluster.done == []


def test_the_stack_has_a_digest_of_its_code_and_templates() -> None:
    assert module.stack_digest() == module.stack_digest()
    assert len(module.stack_digest()) == 12


@pytest.fixture
def checkpoint(living_cluster: FakeLab, monkeypatch: pytest.MonkeyPatch) -> FakeLab:
    """A lab that has a checkpoint of the same making and is down."""
    lab = living_cluster
    lab.digest = lambda stack: stack
    lab.checkpoint = type(
        "Checkpoint", (), {"valid": True, "valid_for": lambda self, _: self.valid}
    )()
    lab.capsule.running = False
    for name in ("attach", "restore"):
        monkeypatch.setattr(lab, name, lambda name=name: lab.done.append(name), raising=False)
    lab.resume = lambda *, keep: lab.done.append(f"resume, keep {keep}")
    return lab


def test_a_lab_that_is_down_is_resumed(
    checkpoint: FakeLab, verified: Callable[[bool], None]
) -> None:
    verified(True)
    assert module._resumed(checkpoint, keep=True)
    assert checkpoint.done == ["resume, keep True", "verify"]


def test_a_lab_that_is_up_is_restored(
    checkpoint: FakeLab, verified: Callable[[bool], None]
) -> None:
    verified(True)
    checkpoint.capsule.running = True
    assert module._resumed(checkpoint, keep=False)
    assert checkpoint.done == ["attach", "restore", "verify"]


def test_a_checkpoint_of_another_making_is_not_used(checkpoint: FakeLab) -> None:
    checkpoint.checkpoint.valid = False
    assert not module._resumed(checkpoint, keep=False)
    assert checkpoint.done == []


def test_a_checkpoint_that_comes_back_ill_is_not_trusted(
    checkpoint: FakeLab, verified: Callable[[bool], None], caplog: pytest.LogCaptureFixture
) -> None:
    verified(False)
    assert not module._resumed(checkpoint, keep=False)
    assert "the checkpoint cannot be trusted, building anew" in caplog.text
