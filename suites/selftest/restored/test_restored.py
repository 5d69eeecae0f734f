"""Every test starts from the saved cluster; a lab that cannot be put back is said once."""

import pytest

from fixtures import lab as module
from harness.errors import ClusterError, Invalid, LabError
from harness.target.target import Unsupported
from harness.waiting import Timeout
from suites.selftest.restored.recording_lab import RecordingLab, Verified


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


def test_a_lab_that_is_down_is_resumed(living_cluster: RecordingLab, verified: Verified) -> None:
    verified(None)
    assert module._resumed(living_cluster, keep=True)
    assert living_cluster.done == ["resume, keep True", "serving"]


def test_a_lab_that_is_up_is_restored(living_cluster: RecordingLab, verified: Verified) -> None:
    verified(None)
    living_cluster.capsule.up = True
    assert module._resumed(living_cluster, keep=False)
    assert living_cluster.done == ["attach", "restore", "serving"]


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
    assert f"the checkpoint cannot be restored, building anew: {trouble}" in caplog.text
